import { readRecord } from "./files/files.ts";
import { check, systemCall } from "./kernel/libc.ts";

let known: string | undefined;

/** Distinguishes this boot of the machine from all others. */
export function bootId(): string {
  known ??= readRecord("/proc/sys/kernel/random/boot_id").trim();
  return known;
}

/** No clock that an administrator or a daemon sets. */
export function secondsSinceBoot(): number {
  const CLOCK_BOOTTIME = 7;
  const time = new BigInt64Array(2);
  check(systemCall("clock_gettime", CLOCK_BOOTTIME, time), "clock_gettime");
  return Number(time[0]) + Number(time[1]) / 1e9;
}
