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
  /** /proc/PID/timerslack_ns: decimal nanoseconds. */
  | { readonly name: "timerSlack"; readonly nanoseconds: string }
  /** /proc/PID/coredump_filter: bits of core(5). */
  | { readonly name: "coredumpFilter"; readonly bits: number };

/** An attribute with the directive that asks for it, for the case that the kernel refuses. */
export interface OwnedAttribute {
  readonly owner: string;
  readonly attribute: Attribute;
}

/** Travels in the container's config and in its state, so that whoever sees init before its program can set them. */
const ANNOTATION = "org.dynuser.attributes";

type Annotations = Readonly<Record<string, string>>;

/** What an image or an engine has put there is not ours and goes. */
export function annotateAttributes(
  { [ANNOTATION]: _, ...others }: Annotations,
  attributes: readonly OwnedAttribute[],
): Annotations {
  return attributes.length === 0 ? others : { ...others, [ANNOTATION]: JSON.stringify(attributes) };
}

export function attributesOf(annotations: Annotations | undefined): readonly OwnedAttribute[] {
  const text = annotations?.[ANNOTATION];
  return text === undefined ? [] : (JSON.parse(text) as readonly OwnedAttribute[]);
}

/** In the order of the kernel's numbers: SCHED_OTHER is 0. */
export const SCHEDULING_POLICIES = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const;
export type SchedulingPolicy = keyof typeof SCHEDULING_POLICIES;

/** Numbers of IOPRIO_CLASS_NONE and so on. */
export const IO_CLASSES = { none: 0, realtime: 1, "best-effort": 2, idle: 3 } as const;
export type IoClass = keyof typeof IO_CLASSES;
