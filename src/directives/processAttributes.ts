import { NotGranted, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import type { Facts } from "../model/facts.ts";
import { choice } from "../values/choice.ts";
import { UNGRANTED } from "../values/controllers.ts";
import { coredumpFilter } from "../values/coredumpFilter.ts";
import { cpuAffinity, formatNumbers, nodeMask, parseNumbers } from "../values/cpuList.ts";
import { integer } from "../values/number.ts";
import { personality } from "../values/personality.ts";
import { timeSpan } from "../values/timeSpan.ts";
import { isAtLeast } from "../values/version.ts";

export const OOMScoreAdjust = directive({
  name: "OOMScoreAdjust",
  summary: "Sets the OOM score adjustment, from -1000 (never killed) to 1000 (killed first)",
  value: integer(-1000, 1000),
  support: "partial",
  effect: "grants",
  deviation: `a value below the caller's requires CAP_SYS_RESOURCE${UNGRANTED}`,
  *plan(value, { facts }) {
    if (!facts.canSetOomScore(value)) {
      throw new NotGranted(
        `cannot honour OOMScoreAdjust=${value}: found no right to go below the caller's value, expected CAP_SYS_RESOURCE`,
      );
    }
    yield { kind: "process", field: "oomScoreAdj", value };
  },
});

export const CoredumpFilter = directive({
  name: "CoredumpFilter",
  summary: "Which types of memory mappings core dumps contain",
  value: coredumpFilter,
  support: "full",
  effect: "neutral",
  *plan(bits) {
    yield { kind: "attribute", owner: "CoredumpFilter", attribute: { name: "coredumpFilter", bits } };
  },
});

export const TimerSlackNSec = directive({
  name: "TimerSlackNSec",
  summary: "Sets the timer slack, by which wake-ups may be delayed",
  value: timeSpan("nanoseconds", "nanoseconds"),
  support: "full",
  effect: "neutral",
  *plan(span) {
    yield { kind: "attribute", owner: "TimerSlackNSec", attribute: { name: "timerSlack", nanoseconds: `${span}` } };
  },
});

export const NUMAPolicy: Directive<keyof typeof MEMORY_POLICIES> = directive({
  name: "NUMAPolicy",
  summary: "Sets the NUMA memory policy, set_mempolicy(2)",
  value: choice(["default", "preferred", "bind", "interleave", "local"]),
  support: "partial",
  effect: "neutral",
  deviation: "requires crun 1.24 or runc 1.4 and is refused with older versions",
  plan: planMemoryPolicy,
});

export const NUMAMask: Directive<readonly number[] | "all"> = directive({
  name: "NUMAMask",
  summary: "The NUMA nodes that NUMAPolicy= and CPUAffinity=numa refer to",
  value: nodeMask,
  support: "full",
  effect: "neutral",
});

export const CPUAffinity = directive({
  name: "CPUAffinity",
  summary: "Sets the CPU affinity of the service's processes",
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
  summary: "The architecture that uname(2) reports, personality(2)",
  value: personality,
  support: "partial",
  effect: "neutral",
  deviation: "the 32-bit personality requires crun, or runc 1.2 or newer",
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

function* planMemoryPolicy(policy: keyof typeof MEMORY_POLICIES, { service, facts }: Context): Iterable<PlannedChange> {
  if (policy === "default") return;
  const { runtime } = facts;
  if (!isAtLeast(runtime.version, KNOWS_MEMORY_POLICY[runtime.name])) {
    throw new UserError(tooOld("NUMAPolicy", "crun 1.24 or runc 1.4", runtime));
  }
  const mask = service.get(NUMAMask);
  if (mask === undefined && policy !== "local") {
    throw new UserError(`cannot honour NUMAPolicy=${policy}: found no NUMAMask=, expected the nodes to use`);
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
    throw new UserError("cannot honour CPUAffinity=numa: found no NUMAMask=, expected the nodes whose CPUs to use");
  }
  const nodes = mask === "all" ? onlineNodes(facts) : mask;
  return nodes.flatMap((node) => {
    const list = facts.host.read(`${NODES}/node${node}/cpulist`, 4096);
    if (list === undefined)
      throw new UserError(`cannot honour CPUAffinity=numa: found no NUMA node ${node} on this host`);
    return list.trim() === "" ? [] : parseNumbers(list.trim());
  });
}
