import { dirname } from "node:path";
import { CGROUP_ROOT } from "../../host/cgroups.ts";
import type { Resources } from "../../oci/spec.ts";
import { tryReadText } from "../../sys/files/files.ts";

/**
 * The limits of the caller that do not hold below `parent` by themselves, because `parent` is not below the caller's
 * cgroup: the lowest of each, in version 2.
 * @param own the caller's cgroup, a directory
 */
export function limitsLost(own: string, parent: string): Resources {
  const levels = levelsOf(own).filter((level) => level !== parent && !parent.startsWith(`${level}/`));
  const memory = lowest(levels, "memory.max");
  const pids = lowest(levels, "pids.max");
  const unified = UNIFIED.flatMap((file) => {
    const value = lowest(levels, file);
    return value === undefined ? [] : [[file, `${value}`] as const];
  });
  const cpu = levels.flatMap(cpuOf).toSorted((a, b) => a.quota / a.period - b.quota / b.period)[0];
  return {
    ...(memory !== undefined && { memory: { limit: memory } }),
    ...(pids !== undefined && { pids: { limit: pids } }),
    ...(cpu !== undefined && { cpu }),
    ...(unified.length > 0 && { unified: Object.fromEntries(unified) }),
  };
}

const UNIFIED = ["memory.high", "memory.swap.max", "memory.zswap.max"] as const;

/** From the cgroup up; the root has no limits. */
function levelsOf(own: string): readonly string[] {
  return own.startsWith(`${CGROUP_ROOT}/`) ? [own, ...levelsOf(dirname(own))] : [];
}

function lowest(levels: readonly string[], file: string): number | undefined {
  const limits = levels
    .map((level) => (tryReadText(`${level}/${file}`) ?? "max").trim())
    .filter((text) => text !== "max");
  return limits.length === 0 ? undefined : Math.min(...limits.map(Number));
}

/** `cpu.max` is `QUOTA PERIOD` in microseconds. */
function cpuOf(level: string): readonly { readonly quota: number; readonly period: number }[] {
  const [quota = "max", period] = (tryReadText(`${level}/cpu.max`) ?? "").trim().split(" ");
  return quota === "max" || quota === "" ? [] : [{ quota: Number(quota), period: Number(period) }];
}
