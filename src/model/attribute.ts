import { ownAnnotation } from "./ownAnnotation.ts";

/**
 * A process attribute that is inherited across fork(2) and execve(2) and that has no field in the runtime specification
 * of today's runtimes. Set on all threads of the container's init between create and start.
 */
export type Attribute =
  /** setpriority(2): -20 to 19. */
  | { readonly name: "nice"; readonly nice: number }
  /** sched_setattr(2). */
  | {
      readonly name: "scheduling";
      readonly policy: SchedulingPolicy;
      /** 1 to 99 for fifo and rr, 0 otherwise. */
      readonly priority: number;
      readonly resetOnFork: boolean;
    }
  /** ioprio_set(2). */
  | { readonly name: "ioPriority"; readonly class: IoClass; readonly level: number }
  /** sched_setaffinity(2): numbers of CPUs. */
  | { readonly name: "affinity"; readonly cpus: readonly number[] }
  /** /proc/PID/timerslack_ns: decimal nanoseconds. */
  | { readonly name: "timerSlack"; readonly nanoseconds: string }
  /** /proc/PID/coredump_filter: bits of core(5). */
  | { readonly name: "coredumpFilter"; readonly bits: number };

/** An attribute with its directive, for errors of the kernel. */
export interface OwnedAttribute {
  readonly owner: string;
  readonly attribute: Attribute;
}

/** A hook reads them from the container's state before the program starts. */
export const { write: annotateAttributes, read: attributesOf } =
  ownAnnotation<OwnedAttribute>("org.dynuser.attributes");

/** The kernel's numbers; SCHED_OTHER is 0. */
export const SCHEDULING_POLICIES = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5, ext: 7 } as const;
export type SchedulingPolicy = keyof typeof SCHEDULING_POLICIES;

/** The kernel's numbers; IOPRIO_CLASS_NONE is 0. */
export const IO_CLASSES = { none: 0, realtime: 1, "best-effort": 2, idle: 3 } as const;
export type IoClass = keyof typeof IO_CLASSES;
