import { problemsIn } from "../errors.ts";
import type { IdentityRules } from "../identity/registry.ts";
import { printError } from "../sys/process/output.ts";
import { type Configuration, completeConfiguration, readConfiguration } from "./configuration.ts";

/**
 * The range of UIDs that dynamic users of this host get.
 * @param cache dynuser's directory below /run
 * @throws UserErrors when the administrator's configuration cannot be read: no user is allocated then
 */
export async function readRules(cache: string): Promise<IdentityRules> {
  return (await readConfiguration(cache)).identity;
}

/** For commands that release or inspect: an error in the configuration is printed and prevents no release. */
export async function rulesOrDefault(cache: string): Promise<IdentityRules> {
  return (await configurationOrDefault(cache)).identity;
}

/** As `rulesOrDefault`, the whole configuration. */
export async function configurationOrDefault(cache: string): Promise<Configuration> {
  try {
    return await readConfiguration(cache);
  } catch (error) {
    for (const problem of problemsIn(error)) printError(problem);
    return completeConfiguration({});
  }
}
