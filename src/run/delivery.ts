import { tryReadText } from "../sys/files/files.ts";
import { sendSignal } from "../sys/process/process.ts";
import { signalNumber } from "../values/signal.ts";

/**
 * Sends a signal that ends a process without a handler for it, also where the process is the first one of a PID
 * namespace: the kernel drops such a signal there, but for SIGKILL (pid_namespaces(7)).
 * @param isForGroup to the process group that it leads
 */
export function deliver(pid: number, signal: number, isForGroup = false): void {
  const status = tryReadText(`/proc/${pid}/status`) ?? "";
  const isDropped = ENDING.includes(signal) && isNamespaceInit(status) && !isHandled(signal, status);
  sendSignal(isForGroup ? -pid : pid, signal);
  if (isDropped) sendSignal(pid, signalNumber("KILL"));
}

/** Signals whose default action ends a process, but for SIGKILL (signal(7)). */
const ENDING = ["HUP", "INT", "QUIT", "ABRT", "USR1", "USR2", "PIPE", "ALRM", "TERM"].map((name) => signalNumber(name));

function isNamespaceInit(status: string): boolean {
  return /^NSpid:\t\d+(?:\t\d+)*\t1$/m.test(status);
}

/** Caught, ignored or blocked. */
function isHandled(signal: number, status: string): boolean {
  const masks = [...status.matchAll(/^Sig(?:Cgt|Ign|Blk):\t([0-9a-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
  return masks.some((mask) => ((mask >> BigInt(signal - 1)) & 1n) === 1n);
}
