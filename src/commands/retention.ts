import { BadValue, problemsOf } from "../errors.ts";
import type { PodRules } from "../host/configuration.ts";
import { forgetUse, INDEX, type KnownUse, readUses, touchUse } from "../host/stateIndex.ts";
import { readHolder } from "../identity/holder.ts";
import type { Registry } from "../identity/registry.ts";
import { statusOfLink } from "../sys/files.ts";
import { INFINITY } from "../values/size.ts";
import { parseTimeSpan } from "../values/timeSpan.ts";
import { removeLasting } from "./state/remove.ts";

/** Directories of pods that no container has used for longer than `pods.retention`; changes nothing. */
export function findExpired(registry: Registry, rules: PodRules): readonly KnownUse[] {
  const seconds = retentionOf(rules, registry);
  return readUses().filter(
    (use) => use.pod !== undefined && isThere(use) && !isUsed(use, registry) && isOlder(use, seconds),
  );
}

/** Removes them; what is in use is noted as such before, and what has gone by itself is forgotten. What was removed. */
export function removeExpired(registry: Registry, rules: PodRules): readonly KnownUse[] {
  for (const use of readUses()) {
    if (!isThere(use)) forgetUse(use, INDEX);
    else if (isUsed(use, registry)) touchUse(use, INDEX);
  }
  return findExpired(registry, rules).filter((use) => removeOne(use, registry));
}

/** One that cannot be removed now must not keep others. */
function removeOne({ path }: KnownUse, registry: Registry): boolean {
  try {
    removeLasting(path);
    return true;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    for (const problem of problems) registry.warn(problem);
    return false;
  }
}

/** Infinity where they stay for ever. */
function retentionOf({ retention }: PodRules, registry: Registry): number {
  try {
    const seconds = parseTimeSpan(retention, "seconds", "seconds");
    return seconds === INFINITY ? Number.POSITIVE_INFINITY : Number(seconds);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    registry.warn(`cannot read pods.retention: ${error.message} (/etc/dynuser/config.yaml)`);
    return Number.POSITIVE_INFINITY;
  }
}

function isThere({ path }: KnownUse): boolean {
  return statusOfLink(path) !== undefined;
}

function isUsed({ key }: KnownUse, registry: Registry): boolean {
  return readHolder(key, registry) !== undefined;
}

function isOlder({ lastUse }: KnownUse, seconds: number): boolean {
  return Date.now() / 1000 - lastUse > seconds;
}
