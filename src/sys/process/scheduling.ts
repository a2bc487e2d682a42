import { check, systemCall } from "../kernel/libc.ts";

/** See setpriority(2). */
export function setNice(thread: number, nice: number): void {
  const PRIO_PROCESS = 0;
  check(systemCall("setpriority", PRIO_PROCESS, thread, nice), "setpriority");
}

/** See sched_setscheduler(2). */
export function setScheduler(thread: number, policy: number, priority: number): void {
  check(systemCall("sched_setscheduler", thread, policy, new Int32Array([priority])), "sched_setscheduler");
}

/** See sched_setaffinity(2). */
export function setAffinity(thread: number, cpus: readonly number[]): void {
  const mask = new Uint8Array(1024);
  for (const cpu of cpus) mask[cpu >> 3]! |= 1 << (cpu & 7);
  check(systemCall("sched_setaffinity", thread, mask.length, mask), "sched_setaffinity");
}

/** See ioprio_set(2). */
export function setIoPriority(thread: number, priority: number): void {
  const IOPRIO_WHO_PROCESS = 1;
  check(systemCall("ioprio_set", IOPRIO_WHO_PROCESS, thread, priority), "ioprio_set");
}
