import { readLink, readText, tryReadText } from "../sys/files.ts";

/** One process of the host, told apart from a later one with the same PID. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: number;
  /** `pid:[4026531836]`: PIDs of another namespace mean nothing here. */
  readonly pidNamespace: string;
  readonly bootId: string;
}

/** What marks are compared with. */
export type Surroundings = Pick<ProcessMark, "pidNamespace" | "bootId">;

export function lookAround(): Surroundings {
  return { pidNamespace: readLink("/proc/self/ns/pid") ?? "", bootId: currentBoot() };
}

/** The mark of a running process; undefined when there is none. */
export function markProcess(pid: number): ProcessMark | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, ...lookAround() };
}

export type Liveness = "running" | "gone" | "earlierBoot";

/** A process of a PID namespace that we cannot see counts as running. */
export function livenessOf(mark: ProcessMark, here: Surroundings): Liveness {
  if (mark.bootId !== here.bootId) return "earlierBoot";
  if (mark.pidNamespace !== here.pidNamespace) return "running";
  return startTimeOf(mark.pid) === mark.startTime ? "running" : "gone";
}

export function currentBoot(): string {
  return readText("/proc/sys/kernel/random/boot_id").trim();
}

/** Seconds since boot: no clock that an administrator or a daemon sets. */
export function uptimeSeconds(): number {
  return Number.parseFloat(readText("/proc/uptime"));
}

/** Undefined for no process and for one that only waits to be reaped. */
function startTimeOf(pid: number): number | undefined {
  const stat = tryReadText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses, which may hold anything; the third one follows the last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, startTime] = [fields[0], Number(fields[17]), Number(fields[19])];
  // The first thread may have ended while others go on; then the process is still there.
  return (state === "Z" || state === "X") && threads <= 1 ? undefined : startTime;
}
