import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import { needController } from "../values/controllers.ts";
import { formatNumbers, numberList } from "../values/cpuList.ts";
import { integer } from "../values/number.ts";
import { cpuQuota, cpuWeight, quotaPeriod } from "../values/weight.ts";

export const CPUWeight: Directive<number | "idle"> = directive({
  name: "CPUWeight",
  summary: "Share of the CPU among siblings, 100 by default",
  value: cpuWeight,
  support: "full",
  effect: "gives",
  plan: (weight, context) => planWeight("CPUWeight", weight, context),
});

export const CPUShares = directive({
  name: "CPUShares",
  summary: "The older name of CPUWeight=, which counts if both are set; 1024 by default",
  value: integer(2, 262_144),
  support: "full",
  effect: "gives",
  plan: (shares, context) =>
    context.service.get(CPUWeight) === undefined ? planWeight("CPUShares", weightOfShares(shares), context) : [],
});

export const CPUQuota: Directive<number> = directive({
  name: "CPUQuota",
  summary: "CPU time that the service cannot go beyond, as a share of one CPU",
  value: cpuQuota,
  support: "full",
  effect: "takes",
  *plan(share, { service, facts }) {
    needController("CPUQuota", "cpu", facts.cgroups);
    const period = service.get(CPUQuotaPeriodSec) ?? DEFAULT_PERIOD_MICROSECONDS;
    // The kernel takes no less than a millisecond (src/core/cgroup.c, cgroup_cpu_adjust_period).
    const quota = Math.max(Math.floor((period * share) / 10_000), 1_000);
    yield { kind: "resources", resources: { cpu: { quota, period } } };
  },
});

export const CPUQuotaPeriodSec: Directive<number> = directive({
  name: "CPUQuotaPeriodSec",
  summary: "The time over which CPUQuota= is counted",
  value: quotaPeriod,
  support: "full",
  effect: "neutral",
});

export const AllowedCPUs = cpuset("AllowedCPUs", "cpus", "CPUs that the service can use, and no process of it others");
export const AllowedMemoryNodes = cpuset(
  "AllowedMemoryNodes",
  "mems",
  "NUMA nodes that the service's memory comes from",
);

const DEFAULT_PERIOD_MICROSECONDS = 100_000;

/** Of version 1 to those of version 2 and back, as systemd does (src/core/cgroup.c). */
function weightOfShares(shares: number): number {
  return Math.min(Math.max(Math.floor((shares * 100) / 1024), 1), 10_000);
}

function sharesOfWeight(weight: number): number {
  return Math.min(Math.max(Math.floor((weight * 1024) / 100), 2), 262_144);
}

function* planWeight(name: string, weight: number | "idle", { facts }: Context): Iterable<Change> {
  needController(name, "cpu", facts.cgroups);
  if (!facts.cgroups.unified) {
    yield { kind: "resources", resources: { cpu: { shares: sharesOfWeight(weight === "idle" ? 0 : weight) } } };
  } else {
    const unified = weight === "idle" ? { "cpu.idle": "1" } : { "cpu.weight": `${weight}` };
    yield { kind: "resources", resources: { unified } };
  }
}

function cpuset(name: string, member: "cpus" | "mems", summary: string): Directive<readonly number[]> {
  return directive({
    name,
    summary,
    value: numberList,
    support: "full",
    effect: "takes",
    *plan(numbers, { facts }) {
      needController(name, "cpuset", facts.cgroups);
      yield { kind: "resources", resources: { cpu: { [member]: formatNumbers(numbers) } } };
    },
  });
}
