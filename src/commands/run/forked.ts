import { processesIn } from "../../identity/processes.ts";
import { tryReadText } from "../../sys/files.ts";
import { pause } from "../../sys/process.ts";
import type { Life } from "./life.ts";

const LOOK_MS = 20;

/**
 * The main process that a forking service has left: the one in its PIDFile=, as soon as that is there, or else the only
 * child that was left to us. "none" when it wrote no PID file and is gone, "unknown" when there are several.
 */
export async function findMain(life: Life): Promise<number | "unknown" | "none"> {
  const { guessesMain, pidFile } = life.lifecycle;
  if (pidFile === undefined) return guessesMain ? guess(life) : "unknown";
  for (;;) {
    const processes = processesIn(life.cgroups);
    const pid = Number(/^\s*(\d+)\s*$/.exec(tryReadText(pidFile) ?? "")?.[1]);
    // A number that somebody else wrote there would let us end a stranger.
    if (processes.includes(pid)) return pid;
    if (processes.length === 0) return "none";
    await pause(LOOK_MS);
  }
}

function guess({ cgroups }: Life): number | "unknown" {
  const orphans = processesIn(cgroups).filter((pid) => parentOf(pid) === process.pid);
  return orphans.length === 1 ? orphans[0]! : "unknown";
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(tryReadText(`/proc/${pid}/status`) ?? "")?.[1]);
}
