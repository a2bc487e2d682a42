import { dlopen } from "bun:ffi";
import { check } from "./libc.ts";

/** Calls that few starts need: the library's symbols are looked up with the first of them. */
type Call = (...args: readonly unknown[]) => number;
type Name = "setpriority" | "sched_setscheduler" | "sched_setaffinity" | "syscall";
let known: Readonly<Record<Name, Call>> | undefined;

function libc(): Readonly<Record<Name, Call>> {
  known ??= open();
  return known;
}

function open(): Readonly<Record<Name, Call>> {
  const { symbols } = dlopen("libc.so.6", {
    setpriority: { args: ["int", "u32", "int"], returns: "int" },
    sched_setscheduler: { args: ["int", "int", "ptr"], returns: "int" },
    sched_setaffinity: { args: ["int", "usize", "ptr"], returns: "int" },
    syscall: { args: ["i64", "i64", "i64", "i64"], returns: "i64_fast" },
  });
  return symbols as unknown as Readonly<Record<Name, Call>>;
}

/** See setpriority(2). */
export function setNice(thread: number, nice: number): void {
  const PRIO_PROCESS = 0;
  check(libc().setpriority(PRIO_PROCESS, thread, nice), "setpriority");
}

/** See sched_setscheduler(2). */
export function setScheduler(thread: number, policy: number, priority: number): void {
  check(libc().sched_setscheduler(thread, policy, new Int32Array([priority])), "sched_setscheduler");
}

/** See sched_setaffinity(2). */
export function setAffinity(thread: number, cpus: readonly number[]): void {
  const mask = new Uint8Array(1024);
  for (const cpu of cpus) mask[cpu >> 3]! |= 1 << (cpu & 7);
  check(libc().sched_setaffinity(thread, mask.length, mask), "sched_setaffinity");
}

/** See ioprio_set(2), which the C library lacks. */
export function setIoPriority(thread: number, priority: number): void {
  const IOPRIO_WHO_PROCESS = 1;
  const number = process.arch === "arm64" ? 30 : 251;
  check(Number(libc().syscall(number, IOPRIO_WHO_PROCESS, thread, priority)), "ioprio_set");
}
