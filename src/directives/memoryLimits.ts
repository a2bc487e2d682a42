import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { boolean } from "../values/boolean.ts";
import { needController, needFile, needVersion2, UNGRANTED } from "../values/controllers.ts";
import { type Amount, amountOf, memoryAmount, memoryMaximum } from "../values/resourceAmount.ts";
import { INFINITY } from "../values/size.ts";

export const MemoryMax: Directive<Amount> = directive({
  name: "MemoryMax",
  summary: "Absolute limit on memory usage, in bytes or in percent of the host's memory",
  value: memoryMaximum,
  support: "full",
  effect: "restricts",
  suggest: "never",
  plan: (amount, context) => planMaximum("MemoryMax", amount, context),
});

export const MemoryLimit: Directive<Amount> = directive({
  name: "MemoryLimit",
  supersededBy: "MemoryMax",
  summary: "Absolute limit on memory usage; superseded by MemoryMax=",
  value: memoryMaximum,
  support: "full",
  effect: "restricts",
  suggest: "never",
  plan: (amount, context) =>
    context.service.get(MemoryMax) === undefined ? planMaximum("MemoryLimit", amount, context) : [],
});

export const MemoryHigh = inVersion2(
  "MemoryHigh",
  "memory.high",
  "Memory usage above which the service is throttled",
  "restricts",
  memoryMaximum,
);
export const MemoryMin = inVersion2(
  "MemoryMin",
  "memory.min",
  "Memory that is never reclaimed from the service",
  "grants",
);
export const MemoryLow = inVersion2(
  "MemoryLow",
  "memory.low",
  "Memory that is reclaimed from the service only if other cgroups have none left",
  "grants",
);
export const MemorySwapMax = inVersion2(
  "MemorySwapMax",
  "memory.swap.max",
  "Absolute limit on swap usage",
  "restricts",
);
export const MemoryZSwapMax = inVersion2(
  "MemoryZSwapMax",
  "memory.zswap.max",
  "Absolute limit on zswap usage",
  "restricts",
);

export const MemoryZSwapWriteback = directive({
  name: "MemoryZSwapWriteback",
  summary: "Whether pages in zswap are written back to disk",
  value: boolean,
  support: "partial",
  effect: "neutral",
  deviation: `requires cgroup v2 and Linux 6.8${UNGRANTED}`,
  *plan(enabled, { facts }) {
    needVersion2("MemoryZSwapWriteback", facts.cgroups);
    needFile("MemoryZSwapWriteback", "memory", "memory.zswap.writeback", facts.cgroups);
    yield { kind: "resources", resources: { unified: { "memory.zswap.writeback": enabled ? "1" : "0" } } };
  },
});

function* planMaximum(name: string, amount: Amount, { facts }: Context): Iterable<PlannedChange> {
  needController(name, "memory", facts.cgroups);
  const bytes = amountOf(amount, facts.memoryBytes);
  yield { kind: "resources", resources: { memory: { limit: bytes === INFINITY ? -1 : bytes } } };
}

function inVersion2(
  name: string,
  file: string,
  summary: string,
  effect: "restricts" | "grants",
  value = memoryAmount,
): Directive<Amount> {
  return directive({
    name,
    summary,
    value,
    support: "partial",
    effect,
    suggest: "never",
    deviation: `requires cgroup v2${UNGRANTED}`,
    *plan(amount, { facts }) {
      needVersion2(name, facts.cgroups);
      needController(name, "memory", facts.cgroups);
      needFile(name, "memory", file, facts.cgroups);
      const bytes = amountOf(amount, facts.memoryBytes);
      yield { kind: "resources", resources: { unified: { [file]: bytes === INFINITY ? "max" : `${bytes}` } } };
    },
  });
}
