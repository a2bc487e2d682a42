import type { Attribute, OwnedAttribute } from "../model/attribute.ts";
import { IO_CLASSES, SCHEDULING_POLICIES } from "../model/attribute.ts";
import { withContext } from "../sys/failure.ts";
import { listDirectory } from "../sys/files/files.ts";
import { writeText } from "../sys/files/write.ts";
import { hasCode } from "../sys/kernel/system.ts";
import { setAffinity, setIoPriority, setNice, setScheduler } from "../sys/process/scheduling.ts";

/**
 * Sets them on every thread of a process that waits to be started: the kernel keeps most of them per thread, and one of
 * runc's threads, which need not be the first, becomes the program.
 * @param goOnWithout called where systemd would start the service without one; refused if absent
 * @throws UserError that names the directive
 */
export function setAttributes(
  pid: number,
  attributes: readonly OwnedAttribute[],
  goOnWithout?: (warning: string) => void,
): void {
  if (attributes.length === 0) return;
  const done = new Set<string>();
  // Threads that are made meanwhile have the attributes of the one that made them, or are seen in the next round.
  for (let threads = newThreads(pid, done); threads.length > 0; threads = newThreads(pid, done)) {
    for (const thread of threads) {
      done.add(thread);
      for (const { owner, attribute } of attributes) {
        withContext(`honour ${owner}=`, () => setUnlessDenied(Number(thread), attribute, goOnWithout));
      }
    }
  }
}

function newThreads(pid: number, done: ReadonlySet<string>): readonly string[] {
  return listDirectory(`/proc/${pid}/task`).filter((thread) => !done.has(thread));
}

/** systemd starts a service at the level it has, where the kernel denies a better one (src/basic/process-util.c, setpriority_closest). */
function setUnlessDenied(thread: number, attribute: Attribute, goOnWithout?: (warning: string) => void): void {
  try {
    setAttribute(thread, attribute);
  } catch (error) {
    if (attribute.name !== "nice" || goOnWithout === undefined || !hasCode(error, "EPERM", "EACCES")) throw error;
    goOnWithout(`ignoring Nice=${attribute.nice}: found no right to change the nice level, expected CAP_SYS_NICE`);
  }
}

/** Each thread has a directory /proc/TID, although listing /proc does not show it. */
function setAttribute(thread: number, attribute: Attribute): void {
  SETTERS[attribute.name](thread, attribute as never);
}

type Setter<A> = (thread: number, attribute: A) => void;

/** SCHED_RESET_ON_FORK of sched(7). */
const RESET_ON_FORK = 0x4000_0000;
/** The class is above these bits of ioprio_set(2). */
const LEVEL_BITS = 13;

const SETTERS: { readonly [N in Attribute["name"]]: Setter<Extract<Attribute, { readonly name: N }>> } = {
  nice: (thread, { nice }) => setNice(thread, nice),
  scheduling: (thread, { policy, priority, resetOnFork }) =>
    setScheduler(thread, SCHEDULING_POLICIES[policy] | (resetOnFork ? RESET_ON_FORK : 0), priority),
  ioPriority: (thread, { class: name, level }) => setIoPriority(thread, (IO_CLASSES[name] << LEVEL_BITS) | level),
  affinity: (thread, { cpus }) => setAffinity(thread, cpus),
  timerSlack: (thread, { nanoseconds }) => writeText(`/proc/${thread}/timerslack_ns`, nanoseconds),
  coredumpFilter: (thread, { bits }) => writeText(`/proc/${thread}/coredump_filter`, `0x${bits.toString(16)}`),
};
