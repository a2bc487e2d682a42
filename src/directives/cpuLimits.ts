import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { choice } from "../values/choice.ts";
import { needController, needVersion2, UNGRANTED } from "../values/controllers.ts";
import { formatNumbers, numberList } from "../values/cpuList.ts";
import { integer } from "../values/number.ts";
import { cpuQuota, cpuWeight, quotaPeriod } from "../values/weight.ts";

export const CPUWeight: Directive<number | "idle"> = directive({
  name: "CPUWeight",
  summary: "CPU weight of the service's cgroup, 1 to 10000, 100 by default",
  value: cpuWeight,
  support: "full",
  effect: "grants",
  plan: (weight, context) => planWeight("CPUWeight", weight, context),
});

export const CPUShares = directive({
  name: "CPUShares",
  supersededBy: "CPUWeight",
  summary: "CPU shares of the service's cgroup, 1024 by default; superseded by CPUWeight=",
  value: integer(2, 262_144),
  support: "full",
  effect: "grants",
  plan: (shares, context) =>
    context.service.get(CPUWeight) === undefined ? planWeight("CPUShares", weightOfShares(shares), context) : [],
});

export const CPUQuota: Directive<number> = directive({
  name: "CPUQuota",
  summary: "Limits the CPU time of the service, in percent of one CPU",
  value: cpuQuota,
  support: "full",
  effect: "restricts",
  suggest: "never",
  *plan(share, { service, facts }) {
    needController("CPUQuota", "cpu", facts.cgroups);
    const period = service.get(CPUQuotaPeriodSec) ?? DEFAULT_PERIOD_MICROSECONDS;
    // The kernel's minimum is one millisecond (src/core/cgroup.c, cgroup_cpu_adjust_period).
    const quota = Math.max(Math.floor((period * share) / 10_000), 1_000);
    yield { kind: "resources", resources: { cpu: { quota, period } } };
  },
});

export const CPUQuotaPeriodSec: Directive<number> = directive({
  name: "CPUQuotaPeriodSec",
  summary: "The period over which CPUQuota= is measured",
  value: quotaPeriod,
  support: "full",
  effect: "neutral",
});

export const AllowedCPUs = cpuset("AllowedCPUs", "cpus", "Restricts the service's processes to the listed CPUs");
export const AllowedMemoryNodes = cpuset(
  "AllowedMemoryNodes",
  "mems",
  "Restricts the service's memory to the listed NUMA nodes",
);

export const CPUSetPartition: Directive<"member" | "root" | "isolated"> = directive({
  name: "CPUSetPartition",
  summary: "Sets the cpuset partition type of the service's cgroup",
  since: 261,
  value: choice(["member", "root", "isolated"]),
  support: "partial",
  effect: "grants",
  deviation: `requires AllowedCPUs=, and is refused without; requires cgroup v2${UNGRANTED}`,
  *check(_, service) {
    if (service.get(AllowedCPUs) === undefined) {
      yield "cannot honour CPUSetPartition=: found no AllowedCPUs=, expected the CPUs of the partition";
    }
  },
  *plan(type, { facts }) {
    needVersion2("CPUSetPartition", facts.cgroups);
    needController("CPUSetPartition", "cpuset", facts.cgroups);
    yield { kind: "resources", resources: { unified: { "cpuset.cpus.partition": type } } };
  },
});

const DEFAULT_PERIOD_MICROSECONDS = 100_000;

/** Weights of cgroup v1 and v2 are converted as in systemd's src/core/cgroup.c. */
function weightOfShares(shares: number): number {
  return Math.min(Math.max(Math.floor((shares * 100) / 1024), 1), 10_000);
}

function sharesOfWeight(weight: number): number {
  return Math.min(Math.max(Math.floor((weight * 1024) / 100), 2), 262_144);
}

function* planWeight(name: string, weight: number | "idle", { facts }: Context): Iterable<PlannedChange> {
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
    effect: "restricts",
    suggest: "never",
    *plan(numbers, { facts }) {
      needController(name, "cpuset", facts.cgroups);
      yield { kind: "resources", resources: { cpu: { [member]: formatNumbers(numbers) } } };
    },
  });
}
