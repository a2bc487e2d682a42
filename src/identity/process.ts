import { bootId } from "../sys/boot.ts";
import { readLink, tryReadRecord } from "../sys/files/files.ts";

/** One process of the host, distinct from a later one with the same PID. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: number;
  /** `pid:[4026531836]`: PIDs of another namespace mean nothing here. */
  readonly pidNamespace: string;
  readonly bootId: string;
}

/** What marks are compared with. */
export type BootAndNamespace = Pick<ProcessId, "pidNamespace" | "bootId">;

export function currentBootAndNamespace(): BootAndNamespace {
  pidNamespace ??= readLink("/proc/self/ns/pid") ?? "";
  return { pidNamespace, bootId: bootId() };
}

/** A process stays in its own. */
let pidNamespace: string | undefined;

/** The mark of a running process; undefined when there is none. */
export function identifyProcess(pid: number): ProcessId | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, ...currentBootAndNamespace() };
}

export type Liveness = "running" | "gone" | "earlierBoot";

/** A process of a PID namespace that we cannot see counts as running. */
export function livenessOf(mark: ProcessId, here: BootAndNamespace): Liveness {
  if (mark.bootId !== here.bootId) return "earlierBoot";
  if (mark.pidNamespace !== here.pidNamespace) return "running";
  return startTimeOf(mark.pid) === mark.startTime ? "running" : "gone";
}

/** Undefined for no process and for one that only waits to be reaped. */
function startTimeOf(pid: number): number | undefined {
  const stat = tryReadRecord(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses, which may hold anything; the third one follows the last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, startTime] = [fields[0], Number(fields[17]), Number(fields[19])];
  // The first thread may have ended while others go on; then the process is still there.
  return (state === "Z" || state === "X") && threads <= 1 ? undefined : startTime;
}
