import { BadValue, UserError } from "../errors.ts";
import { type PodRules, readConfiguration } from "../host/configuration.ts";
import { forgetUse, INDEX, type KnownUse, readUses, touchUse } from "../host/stateIndex.ts";
import { readHolder } from "../identity/holder.ts";
import type { Registry } from "../identity/registry.ts";
import { statusOfLink } from "../sys/files.ts";
import { INFINITY } from "../values/size.ts";
import { parseTimeSpan } from "../values/timeSpan.ts";
import { removeLasting } from "./state/remove.ts";

/**
 * Directories of pods that no container has used for longer than `pods.retention`: what is in use is noted as such, and
 * what has gone by itself is forgotten. Returns what was removed, or with `dryRun` what would be.
 * @throws UserErrors when the configuration cannot be read
 */
export async function expirePodDirectories(
  registry: Registry,
  cache: string,
  mode: "remove" | "look",
): Promise<readonly KnownUse[]> {
  const { pods } = await readConfiguration(cache);
  const seconds = retentionOf(pods);
  const idle = readUses().filter((use) => !keepFresh(use, registry));
  const expired = idle.filter((use) => use.pod !== undefined && isOlder(use, seconds));
  if (mode === "remove") for (const { path } of expired) removeLasting(path);
  return expired;
}

/** Infinity where they stay for ever. */
function retentionOf({ retention }: PodRules): number {
  try {
    const seconds = parseTimeSpan(retention, "seconds", "seconds");
    return seconds === INFINITY ? Number.POSITIVE_INFINITY : Number(seconds);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new UserError(`cannot read pods.retention: ${error.message} (/etc/dynuser/config.yaml)`);
  }
}

/** Whether it is in use, or there is none any more. */
function keepFresh(use: KnownUse, registry: Registry): boolean {
  if (statusOfLink(use.path) === undefined) {
    forgetUse(use, INDEX);
    return true;
  }
  if (readHolder(use.key, registry) === undefined) return false;
  touchUse(use, INDEX);
  return true;
}

function isOlder({ lastUse }: KnownUse, seconds: number): boolean {
  return Date.now() / 1000 - lastUse > seconds;
}
