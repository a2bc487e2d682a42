/**
 * What the kernel keeps per process and hands on to children and over exec, but no field of the runtime specification
 * has (or none that today's runtimes know). Set on all threads of the container's init, which waits to be started.
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
  /** /proc/PID/timerslack_ns */
  | { readonly name: "timerSlack"; readonly nanoseconds: bigint }
  /** /proc/PID/coredump_filter: bits of core(5). */
  | { readonly name: "coredumpFilter"; readonly bits: bigint };

/** In the order of the kernel's numbers: SCHED_OTHER is 0. */
export const SCHEDULING_POLICIES = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const;
export type SchedulingPolicy = keyof typeof SCHEDULING_POLICIES;

/** Numbers of IOPRIO_CLASS_NONE and so on. */
export const IO_CLASSES = { none: 0, realtime: 1, "best-effort": 2, idle: 3 } as const;
export type IoClass = keyof typeof IO_CLASSES;
