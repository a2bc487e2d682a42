import { tryReadText } from "../sys/files/files.ts";
import { pause } from "../sys/process/process.ts";
import type { ServiceRun } from "./serviceRun.ts";

const LOOK_MS = 20;

/**
 * The main process of a forking service: the one that PIDFile= names, once the file exists, else the only process that
 * was reparented to dynuser. "none": it wrote no PID file and ended; "unknown": there are several.
 */
export async function findMain(run: ServiceRun): Promise<number | "unknown" | "none"> {
  const { guessesMain, pidFile } = run.lifecycle;
  if (pidFile === undefined) return guessesMain ? guess(run) : "unknown";
  for (;;) {
    const processes = run.fence.processes();
    const pid = Number(/^\s*(\d+)\s*$/.exec(tryReadText(pidFile) ?? "")?.[1]);
    // The file may hold any number: a process outside the service must never be signalled.
    if (processes.includes(pid)) return pid;
    if (processes.length === 0) return "none";
    await pause(LOOK_MS);
  }
}

function guess({ fence }: ServiceRun): number | "unknown" {
  const orphans = fence.processes().filter((pid) => parentOf(pid) === process.pid);
  return orphans.length === 1 ? orphans[0]! : "unknown";
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(tryReadText(`/proc/${pid}/status`) ?? "")?.[1]);
}
