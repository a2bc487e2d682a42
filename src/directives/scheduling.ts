import { IO_CLASSES, type IoClass, SCHEDULING_POLICIES, type SchedulingPolicy } from "../model/attribute.ts";
import type { Context } from "../model/directive.ts";
import { type Directive, directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { boolean } from "../values/boolean.ts";
import { numberedChoice } from "../values/choice.ts";
import { UNGRANTED } from "../values/controllers.ts";
import { integer } from "../values/number.ts";

export const Nice = directive({
  name: "Nice",
  summary: "Sets the nice level, from -20 (highest priority) to 19",
  value: integer(-20, 19),
  support: "partial",
  effect: "grants",
  deviation: `requires CAP_SYS_NICE${UNGRANTED}`,
  *plan(nice) {
    yield { kind: "attribute", owner: "Nice", attribute: { name: "nice", nice } };
  },
});

export const CPUSchedulingPolicy: Directive<SchedulingPolicy> = directive({
  name: "CPUSchedulingPolicy",
  summary: "Sets the CPU scheduling policy, sched(7)",
  value: numberedChoice(SCHEDULING_POLICIES),
  support: "full",
  effect: "grants",
  plan: (_, context) => planScheduling(context),
});

export const CPUSchedulingPriority: Directive<number> = directive({
  name: "CPUSchedulingPriority",
  summary: "Sets the CPU scheduling priority for the realtime policies fifo and rr",
  value: integer(0, 99),
  support: "full",
  effect: "grants",
  plan: (_, context) => planScheduling(context),
});

export const CPUSchedulingResetOnFork: Directive<boolean> = directive({
  name: "CPUSchedulingResetOnFork",
  summary: "Resets elevated CPU scheduling policies and priorities on fork(2)",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: "never",
  plan: (_, context) => planScheduling(context),
});

/** One call sets all three, so each of the three directives yields the same edit. */
function* planScheduling({ service }: Context): Iterable<PlannedChange> {
  const policy = service.get(CPUSchedulingPolicy) ?? "other";
  const isRealtime = policy === "fifo" || policy === "rr";
  const priority = isRealtime ? Math.max(1, service.get(CPUSchedulingPriority) ?? 1) : 0;
  const resetOnFork = service.get(CPUSchedulingResetOnFork) ?? false;
  const attribute = { name: "scheduling", policy, priority, resetOnFork } as const;
  yield { kind: "attribute", owner: "CPUSchedulingPolicy", attribute };
}

export const IOSchedulingClass: Directive<IoClass> = directive({
  name: "IOSchedulingClass",
  summary: "Sets the I/O scheduling class, ioprio_set(2)",
  value: numberedChoice(IO_CLASSES),
  support: "full",
  effect: "grants",
  plan: (_, context) => planIo(context),
});

export const IOSchedulingPriority: Directive<number> = directive({
  name: "IOSchedulingPriority",
  summary: "Sets the I/O scheduling priority within the class, 0 is the highest",
  value: integer(0, 7),
  support: "full",
  effect: "grants",
  plan: (_, context) => planIo(context),
});

/** Without a class, the kernel's default class and priority (src/basic/ioprio-util.h, ioprio_normalize). */
function* planIo({ service }: Context): Iterable<PlannedChange> {
  const named = service.get(IOSchedulingClass) ?? "none";
  const level = service.get(IOSchedulingPriority) ?? MIDDLE;
  const attribute = { name: "ioPriority", class: named === "none" ? "best-effort" : named, level } as const;
  yield { kind: "attribute", owner: "IOSchedulingClass", attribute };
}

const MIDDLE = 4;
