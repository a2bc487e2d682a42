import { problemsIn } from "../errors.ts";
import { type Configuration, completeConfiguration, readConfiguration } from "../host/configuration.ts";
import type { IdentityRules } from "../identity/registry.ts";
import { complain } from "../sys/output.ts";

/**
 * Which UIDs there are on this host.
 * @param cache directory of ours below /run
 * @throws UserErrors when the administrator's configuration cannot be read: nobody gets a user then
 */
export async function readRules(cache: string): Promise<IdentityRules> {
  return (await readConfiguration(cache)).identity;
}

/** For those who give back or look: a mistake in the configuration is told, and keeps nobody's leftovers. */
export async function rulesOrDefault(cache: string): Promise<IdentityRules> {
  return (await configurationOrDefault(cache)).identity;
}

/** As `rulesOrDefault`, of everything. */
export async function configurationOrDefault(cache: string): Promise<Configuration> {
  try {
    return await readConfiguration(cache);
  } catch (error) {
    for (const problem of problemsIn(error)) complain(problem);
    return completeConfiguration({});
  }
}
