import { IO_CLASSES, type IoClass, SCHEDULING_POLICIES, type SchedulingPolicy } from "../attribute.ts";
import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import { boolean } from "../values/boolean.ts";
import { numberedChoice } from "../values/choice.ts";
import { integer } from "../values/number.ts";

export const Nice = directive({
  name: "Nice",
  summary: "CPU priority, from -20 for the highest to 19",
  value: integer(-20, 19),
  support: "full",
  effect: "gives",
  *plan(nice) {
    yield { kind: "attribute", owner: "Nice", attribute: { name: "nice", nice } };
  },
});

export const CPUSchedulingPolicy: Directive<SchedulingPolicy> = directive({
  name: "CPUSchedulingPolicy",
  summary: "How the kernel schedules the service's processes, sched(7)",
  value: numberedChoice(SCHEDULING_POLICIES),
  support: "full",
  effect: "gives",
  plan: (_, context) => planScheduling(context),
});

export const CPUSchedulingPriority: Directive<number> = directive({
  name: "CPUSchedulingPriority",
  summary: "Priority among realtime processes, for the policies fifo and rr",
  value: integer(0, 99),
  support: "full",
  effect: "gives",
  plan: (_, context) => planScheduling(context),
});

export const CPUSchedulingResetOnFork: Directive<boolean> = directive({
  name: "CPUSchedulingResetOnFork",
  summary: "Keeps realtime policies and high priorities from child processes",
  value: boolean,
  support: "full",
  effect: "takes",
  plan: (_, context) => planScheduling(context),
});

/** One call sets all three; everyone with a say yields the same. */
function* planScheduling({ service }: Context): Iterable<Change> {
  const policy = service.get(CPUSchedulingPolicy) ?? "other";
  const isRealtime = policy === "fifo" || policy === "rr";
  const priority = isRealtime ? Math.max(1, service.get(CPUSchedulingPriority) ?? 1) : 0;
  const resetOnFork = service.get(CPUSchedulingResetOnFork) ?? false;
  const attribute = { name: "scheduling", policy, priority, resetOnFork } as const;
  yield { kind: "attribute", owner: "CPUSchedulingPolicy", attribute };
}

export const IOSchedulingClass: Directive<IoClass> = directive({
  name: "IOSchedulingClass",
  summary: "How the kernel schedules reading and writing of disks, ioprio_set(2)",
  value: numberedChoice(IO_CLASSES),
  support: "full",
  effect: "gives",
  plan: (_, context) => planIo(context),
});

export const IOSchedulingPriority: Directive<number> = directive({
  name: "IOSchedulingPriority",
  summary: "Priority within the class of IOSchedulingClass=, 0 for the highest",
  value: integer(0, 7),
  support: "full",
  effect: "gives",
  plan: (_, context) => planIo(context),
});

/** Without a class it is the kernel's default one, in the middle (ioprio_normalize of src/basic/ioprio-util.h). */
function* planIo({ service }: Context): Iterable<Change> {
  const named = service.get(IOSchedulingClass) ?? "none";
  const level = service.get(IOSchedulingPriority) ?? MIDDLE;
  const attribute = { name: "ioPriority", class: named === "none" ? "best-effort" : named, level } as const;
  yield { kind: "attribute", owner: "IOSchedulingClass", attribute };
}

const MIDDLE = 4;
