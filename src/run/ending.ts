import { sendSignal } from "../sys/process/process.ts";
import { signalNumber } from "../values/signal.ts";
import { deliver } from "./delivery.ts";
import { waitUntilEmpty } from "./emptiness.ts";
import { fail, type Process, type ServiceRun, within } from "./serviceRun.ts";
import { firstOf } from "./timer.ts";

type Operation = ServiceRun["ending"];

const OPERATIONS: Readonly<Record<Operation, readonly Operation[]>> = {
  terminate: ["terminate", "kill"],
  abort: ["abort", "kill"],
  kill: ["kill"],
};

/**
 * Ends the processes that KillMode= names, first by KillSignal= (src/core/service.c, service_enter_signal). It waits for
 * the main process and the command beside it; the others get the signal again after ExecStopPost=.
 */
export async function endAll(run: ServiceRun): Promise<void> {
  for (const operation of OPERATIONS[run.ending]) {
    if (operation === "kill" && !run.lifecycle.killing.killsAtLast) break;
    if (await endBy(run, operation)) break;
    fail(run, "timeout", `it did not end in time after ${operation === "kill" ? "FinalKillSignal=" : "KillSignal="}`);
  }
  run.ending = "terminate";
}

/** Whether they ended in time. */
async function endBy(run: ServiceRun, operation: Operation): Promise<boolean> {
  const { killing, timeouts } = run.lifecycle;
  const watched = [run.main, run.control].filter((process) => process !== undefined);
  const isForAll = killing.mode === "control-group" || (killing.mode === "mixed" && operation === "kill");
  const others = isForAll ? run.fence.processes() : [];
  const pids = killing.mode === "none" ? [] : [...new Set([...watched.map(({ pid }) => pid), ...others])];
  if (pids.length === 0) return true;
  for (const pid of pids) signalProcess(pid, run, operation);
  const gone = untilGone(run, watched);
  const event = await within(run, operation === "abort" ? timeouts.abort : timeouts.stop, (late) =>
    firstOf({ gone, late }),
  );
  return event === "gone";
}

/** SIGCONT follows, as a stopped process handles no signal. */
function signalProcess(pid: number, { lifecycle: { killing } }: ServiceRun, operation: Operation): void {
  const [hangup, kill, resume] = ["HUP", "KILL", "CONT"].map((name) => signalNumber(name));
  const signal = killing[operation];
  deliver(pid, signal);
  if (signal !== kill) sendSignal(pid, resume!);
  if (killing.hangsUp && operation === "terminate" && signal !== hangup) sendSignal(pid, hangup!);
}

async function untilGone({ fence }: ServiceRun, watched: readonly Process[]): Promise<void> {
  if (watched.length === 0) await waitUntilEmpty(fence);
  await Promise.all(watched.map(({ ended }) => ended));
}
