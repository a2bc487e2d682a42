import type { PodRules } from "../config/configuration.ts";
import { InvalidValueError, problemsIn } from "../errors.ts";
import { readHolder } from "../identity/holder.ts";
import type { Registry } from "../identity/registry.ts";
import { CONFIGURATION_PATH } from "../model/paths.ts";
import { forgetUse, INDEX, type RecordedUsage, readUses, touchUse } from "../start/host/stateIndex.ts";
import { statusOfLink } from "../sys/files/status.ts";
import { INFINITY } from "../values/size.ts";
import { parseTimeSpan } from "../values/timeSpan.ts";
import { removeLasting } from "./state/remove.ts";

/** Directories of pods that no container has used for longer than `pods.retention`; changes nothing. */
export function findExpired(registry: Registry, rules: PodRules): readonly RecordedUsage[] {
  return expiredAmong(examineUses(registry), retentionOf(rules, registry));
}

/** Removes expired directories and returns them; refreshes records of directories in use and drops records of missing ones. */
export function removeExpired(registry: Registry, rules: PodRules): readonly RecordedUsage[] {
  const examined = examineUses(registry);
  for (const { use, state } of examined) {
    if (state === "gone") forgetUse(use, INDEX);
    if (state === "used") touchUse(use, INDEX);
  }
  return expiredAmong(examined, retentionOf(rules, registry)).filter((use) => removeOne(use, registry));
}

interface ExaminedUse {
  readonly use: RecordedUsage;
  readonly state: "gone" | "used" | "idle";
}

function examineUses(registry: Registry): readonly ExaminedUse[] {
  return readUses().map((use) => ({ use, state: stateOf(use, registry) }));
}

function stateOf({ path, key }: RecordedUsage, registry: Registry): ExaminedUse["state"] {
  if (statusOfLink(path) === undefined) return "gone";
  return readHolder(key, registry) === undefined ? "idle" : "used";
}

function expiredAmong(examined: readonly ExaminedUse[], seconds: number): readonly RecordedUsage[] {
  const idle = examined.flatMap(({ use, state }) => (state === "idle" ? [use] : []));
  return idle.filter((use) => use.pod !== undefined && isOlder(use, seconds));
}

/** A failed removal does not stop the others. */
function removeOne({ path }: RecordedUsage, registry: Registry): boolean {
  try {
    removeLasting(path);
    return true;
  } catch (error) {
    for (const problem of problemsIn(error)) registry.warn(problem);
    return false;
  }
}

/** Infinity: never removed. */
function retentionOf({ retention }: PodRules, registry: Registry): number {
  try {
    const seconds = parseTimeSpan(retention, "seconds", "seconds");
    return seconds === INFINITY ? Number.POSITIVE_INFINITY : Number(seconds);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    registry.warn(`cannot read pods.retention: ${error.message} (${CONFIGURATION_PATH})`);
    return Number.POSITIVE_INFINITY;
  }
}

function isOlder({ lastUse }: RecordedUsage, seconds: number): boolean {
  return Date.now() / 1000 - lastUse > seconds;
}
