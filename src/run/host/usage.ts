import { tryReadText } from "../../sys/files/files.ts";

/** Resource usage of a service, as far as the control groups of the host count it. */
export interface Usage {
  readonly cpuSeconds?: number;
  readonly memoryPeakBytes?: number;
  readonly oomKills?: number;
  /** Limits that were reached: `memory`, `tasks`, `cpu`. */
  readonly limitsHit: readonly string[];
}

/** @param cgroups absolute paths of existing directories; for version 1, one in each hierarchy */
export function readUsage(cgroups: readonly string[]): Usage {
  const found = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, places]) => [
      name,
      total(cgroups, places, name === "memoryPeakBytes" ? max : sum),
    ]),
  ) as Readonly<Record<keyof typeof COUNTERS, number | undefined>>;
  const { cpuSeconds, memoryPeakBytes, oomKills, memoryLimit, tasksLimit, cpuLimit } = found;
  const hits = { memory: memoryLimit, tasks: tasksLimit, cpu: cpuLimit };
  return {
    ...(cpuSeconds !== undefined && { cpuSeconds }),
    ...(memoryPeakBytes !== undefined && { memoryPeakBytes }),
    ...(oomKills !== undefined && { oomKills }),
    limitsHit: Object.entries(hits).flatMap(([name, count]) => (count ? [name] : [])),
  };
}

/** How many processes the kernel has killed for want of memory; undefined where it does not count. */
export function readOomKills(cgroups: readonly string[]): number | undefined {
  return total(cgroups, COUNTERS.oomKills, sum);
}

interface CgroupUsage {
  readonly file: string;
  /** The KEY of a line `KEY NUMBER`; absent: the file is one number. */
  readonly key?: string;
  /** Factor. */
  readonly unit?: number;
}

/** Version 2 first, then version 1 (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/). */
const COUNTERS = {
  cpuSeconds: [
    { file: "cpu.stat", key: "usage_usec", unit: 1e-6 },
    { file: "cpuacct.usage", unit: 1e-9 },
  ],
  memoryPeakBytes: [{ file: "memory.peak" }, { file: "memory.max_usage_in_bytes" }],
  oomKills: [
    { file: "memory.events", key: "oom_kill" },
    { file: "memory.oom_control", key: "oom_kill" },
  ],
  memoryLimit: [{ file: "memory.events", key: "max" }, { file: "memory.failcnt" }],
  tasksLimit: [{ file: "pids.events", key: "max" }],
  cpuLimit: [{ file: "cpu.stat", key: "nr_throttled" }],
} as const satisfies Readonly<Record<string, readonly CgroupUsage[]>>;

type Join = (numbers: readonly number[]) => number;

const sum: Join = (numbers) => numbers.reduce((total, number) => total + number, 0);
const max: Join = (numbers) => Math.max(...numbers);

function total(cgroups: readonly string[], places: readonly CgroupUsage[], join: Join): number | undefined {
  const numbers = cgroups.flatMap((cgroup) => places.flatMap((place) => read(cgroup, place) ?? []));
  return numbers.length === 0 ? undefined : join(numbers);
}

function read(cgroup: string, { file, key, unit = 1 }: CgroupUsage): number | undefined {
  const text = tryReadText(`${cgroup}/${file}`);
  if (text === undefined) return undefined;
  const pattern = key === undefined ? /^(\d+)$/m : new RegExp(`^${key} (\\d+)$`, "m");
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * unit;
}
