import { BadValue, problemsIn } from "../errors.ts";
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
  return expiredAmong(examineUses(registry), retentionOf(rules, registry));
}

/** Removes them; what is in use is noted as such before, and what has gone by itself is forgotten. What was removed. */
export function removeExpired(registry: Registry, rules: PodRules): readonly KnownUse[] {
  const examined = examineUses(registry);
  for (const { use, state } of examined) {
    if (state === "gone") forgetUse(use, INDEX);
    if (state === "used") touchUse(use, INDEX);
  }
  return expiredAmong(examined, retentionOf(rules, registry)).filter((use) => removeOne(use, registry));
}

interface ExaminedUse {
  readonly use: KnownUse;
  readonly state: "gone" | "used" | "idle";
}

function examineUses(registry: Registry): readonly ExaminedUse[] {
  return readUses().map((use) => ({ use, state: stateOf(use, registry) }));
}

function stateOf({ path, key }: KnownUse, registry: Registry): ExaminedUse["state"] {
  if (statusOfLink(path) === undefined) return "gone";
  return readHolder(key, registry) === undefined ? "idle" : "used";
}

function expiredAmong(examined: readonly ExaminedUse[], seconds: number): readonly KnownUse[] {
  const idle = examined.flatMap(({ use, state }) => (state === "idle" ? [use] : []));
  return idle.filter((use) => use.pod !== undefined && isOlder(use, seconds));
}

/** One that cannot be removed now must not keep others. */
function removeOne({ path }: KnownUse, registry: Registry): boolean {
  try {
    removeLasting(path);
    return true;
  } catch (error) {
    for (const problem of problemsIn(error)) registry.warn(problem);
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

function isOlder({ lastUse }: KnownUse, seconds: number): boolean {
  return Date.now() / 1000 - lastUse > seconds;
}
