import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import { boolean } from "../values/boolean.ts";
import { needController, needVersion2 } from "../values/controllers.ts";
import { type Amount, amountOf, memoryAmount } from "../values/resourceAmount.ts";
import { INFINITY } from "../values/size.ts";

export const MemoryMax: Directive<Amount> = directive({
  name: "MemoryMax",
  summary: "Memory that the service cannot go beyond, in bytes or as a share of the host's",
  value: memoryAmount,
  support: "full",
  effect: "takes",
  plan: (amount, context) => planMaximum("MemoryMax", amount, context),
});

export const MemoryLimit: Directive<Amount> = directive({
  name: "MemoryLimit",
  summary: "The older name of MemoryMax=, which counts if both are set",
  value: memoryAmount,
  support: "full",
  effect: "takes",
  plan: (amount, context) =>
    context.service.get(MemoryMax) === undefined ? planMaximum("MemoryLimit", amount, context) : [],
});

export const MemoryHigh = inVersion2(
  "MemoryHigh",
  "memory.high",
  "Memory above which the service is slowed down",
  "takes",
);
export const MemoryMin = inVersion2("MemoryMin", "memory.min", "Memory that is never taken from the service", "gives");
export const MemoryLow = inVersion2("MemoryLow", "memory.low", "Memory that is taken from others first", "gives");
export const MemorySwapMax = inVersion2(
  "MemorySwapMax",
  "memory.swap.max",
  "Swap that the service cannot go beyond",
  "takes",
);
export const MemoryZSwapMax = inVersion2(
  "MemoryZSwapMax",
  "memory.zswap.max",
  "Compressed swap that the service cannot go beyond",
  "takes",
);

export const MemoryZSwapWriteback = directive({
  name: "MemoryZSwapWriteback",
  summary: "Lets compressed swap go to disk",
  value: boolean,
  support: "partial",
  effect: "neutral",
  deviation: "needs cgroups of version 2 and Linux 6.8",
  *plan(enabled, { facts }) {
    needVersion2("MemoryZSwapWriteback", facts.cgroups);
    yield { kind: "resources", resources: { unified: { "memory.zswap.writeback": enabled ? "1" : "0" } } };
  },
});

function* planMaximum(name: string, amount: Amount, { facts }: Context): Iterable<Change> {
  needController(name, "memory", facts.cgroups);
  const bytes = amountOf(amount, facts.memoryBytes);
  yield { kind: "resources", resources: { memory: { limit: bytes === INFINITY ? -1 : bytes } } };
}

function inVersion2(name: string, file: string, summary: string, effect: "takes" | "gives"): Directive<Amount> {
  return directive({
    name,
    summary,
    value: memoryAmount,
    support: "partial",
    effect,
    deviation: "needs cgroups of version 2, and is refused with version 1",
    *plan(amount, { facts }) {
      needVersion2(name, facts.cgroups);
      needController(name, "memory", facts.cgroups);
      const bytes = amountOf(amount, facts.memoryBytes);
      yield { kind: "resources", resources: { unified: { [file]: bytes === INFINITY ? "max" : `${bytes}` } } };
    },
  });
}
