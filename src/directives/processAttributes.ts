import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { UserError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { Context } from "../plan.ts";
import { choice } from "../values/choice.ts";
import { coredumpFilter } from "../values/coredumpFilter.ts";
import { cpuAffinity, formatNumbers, nodeMask, parseNumbers } from "../values/cpuList.ts";
import { integer } from "../values/number.ts";
import { personality } from "../values/personality.ts";
import { timeSpan } from "../values/timeSpan.ts";
import { isAtLeast } from "../values/version.ts";

export const OOMScoreAdjust = directive({
  name: "OOMScoreAdjust",
  summary: "How readily the kernel ends the service when memory is short, 1000 for first",
  value: integer(-1000, 1000),
  support: "full",
  effect: "gives",
  *plan(value) {
    yield { kind: "process", field: "oomScoreAdj", value };
  },
});

export const CoredumpFilter = directive({
  name: "CoredumpFilter",
  summary: "Kinds of memory that core dumps contain",
  value: coredumpFilter,
  support: "full",
  effect: "neutral",
  *plan(bits) {
    yield { kind: "attribute", owner: "CoredumpFilter", attribute: { name: "coredumpFilter", bits } };
  },
});

export const TimerSlackNSec = directive({
  name: "TimerSlackNSec",
  summary: "How late the kernel may wake the service's processes",
  value: timeSpan("nanoseconds", "nanoseconds"),
  support: "full",
  effect: "neutral",
  *plan(span) {
    yield { kind: "attribute", owner: "TimerSlackNSec", attribute: { name: "timerSlack", nanoseconds: `${span}` } };
  },
});

export const NUMAPolicy: Directive<keyof typeof MEMORY_POLICIES> = directive({
  name: "NUMAPolicy",
  summary: "Which NUMA nodes the service's memory comes from, set_mempolicy(2)",
  value: choice(["default", "preferred", "bind", "interleave", "local"]),
  support: "partial",
  effect: "neutral",
  deviation: "needs crun 1.24 or runc 1.4, and is refused with older ones",
  plan: planMemoryPolicy,
});

export const NUMAMask: Directive<readonly number[] | "all"> = directive({
  name: "NUMAMask",
  summary: "The NUMA nodes of NUMAPolicy= and of CPUAffinity=numa",
  value: nodeMask,
  support: "full",
  effect: "neutral",
});

export const CPUAffinity = directive({
  name: "CPUAffinity",
  summary: "CPUs that the service's processes run on",
  value: cpuAffinity,
  support: "full",
  effect: "neutral",
  *plan(listed, context) {
    const cpus = listed === "numa" ? cpusOfNodes(context) : listed;
    yield { kind: "attribute", owner: "CPUAffinity", attribute: { name: "affinity", cpus } };
  },
});

export const Personality: Directive<"LINUX" | "LINUX32"> = directive({
  name: "Personality",
  summary: "The architecture that uname(2) tells, personality(2)",
  value: personality,
  support: "partial",
  effect: "neutral",
  deviation: "the 32-bit variant needs crun, or runc 1.2 or newer",
  *plan(domain, { facts: { runtime } }) {
    const isKnown = runtime.name === "crun" || (runtime.name === "runc" && isAtLeast(runtime.version, [1, 2]));
    if (isKnown) yield { kind: "linux", field: "personality", value: { domain } };
    else if (domain !== "LINUX") throw new UserError(tooOld("Personality", "crun or runc 1.2", runtime));
  },
});

const MEMORY_POLICIES = {
  default: "MPOL_DEFAULT",
  preferred: "MPOL_PREFERRED",
  bind: "MPOL_BIND",
  interleave: "MPOL_INTERLEAVE",
  local: "MPOL_LOCAL",
} as const;

const KNOWS_MEMORY_POLICY = { crun: [1, 24], runc: [1, 4], other: [Number.POSITIVE_INFINITY] } as const;

function* planMemoryPolicy(policy: keyof typeof MEMORY_POLICIES, { service, facts }: Context): Iterable<Change> {
  if (policy === "default") return;
  const { runtime } = facts;
  if (!isAtLeast(runtime.version, KNOWS_MEMORY_POLICY[runtime.name])) {
    throw new UserError(tooOld("NUMAPolicy", "crun 1.24 or runc 1.4", runtime));
  }
  const mask = service.get(NUMAMask);
  if (mask === undefined && policy !== "local") {
    throw new UserError(`cannot honour NUMAPolicy=${policy}: found no NUMAMask=, expected the nodes that it is about`);
  }
  const nodes = mask === "all" ? onlineNodes(facts) : mask;
  const value = { mode: MEMORY_POLICIES[policy], ...(nodes && policy !== "local" && { nodes: formatNumbers(nodes) }) };
  yield { kind: "linux", field: "memoryPolicy", value };
}

function tooOld(name: string, expected: string, { name: found, version }: Facts["runtime"]): string {
  return `cannot honour ${name}=: found ${found} ${version}, expected ${expected} or newer (--runtime)`;
}

const NODES = "/sys/devices/system/node";

function onlineNodes({ host }: Facts): readonly number[] {
  return parseNumbers((host.read(`${NODES}/online`, 4096) ?? "0").trim());
}

function cpusOfNodes({ service, facts }: Context): readonly number[] {
  const mask = service.get(NUMAMask);
  if (mask === undefined) {
    throw new UserError("cannot honour CPUAffinity=numa: found no NUMAMask=, expected the nodes whose CPUs are meant");
  }
  const nodes = mask === "all" ? onlineNodes(facts) : mask;
  return nodes.flatMap((node) => {
    const list = facts.host.read(`${NODES}/node${node}/cpulist`, 4096);
    if (list === undefined)
      throw new UserError(`cannot honour CPUAffinity=numa: found no NUMA node ${node} on this host`);
    return list.trim() === "" ? [] : parseNumbers(list.trim());
  });
}
