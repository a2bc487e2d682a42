import { processesIn } from "../../identity/processes.ts";
import { sendSignal } from "../../sys/process.ts";
import { signalNumber } from "../../values/signal.ts";
import { untilEmpty } from "./emptiness.ts";
import { fail, type Life, type Process, within } from "./life.ts";
import { firstOf } from "./timer.ts";

type Operation = Life["ending"];

const OPERATIONS: Readonly<Record<Operation, readonly Operation[]>> = {
  terminate: ["terminate", "kill"],
  abort: ["abort", "kill"],
  kill: ["kill"],
};

/**
 * Ends what KillMode= says, at first politely (src/core/service.c, service_enter_signal). Where a main process or a
 * command is there, it waits for them and not for the others, who are told again after ExecStopPost=.
 */
export async function endAll(life: Life): Promise<void> {
  for (const operation of OPERATIONS[life.ending]) {
    if (operation === "kill" && !life.lifecycle.killing.killsAtLast) break;
    if (await endBy(life, operation)) break;
    fail(life, "timeout", `it did not end in time after ${operation === "kill" ? "FinalKillSignal=" : "KillSignal="}`);
  }
  life.ending = "terminate";
}

/** Whether everybody has gone in time. */
async function endBy(life: Life, operation: Operation): Promise<boolean> {
  const { killing, timeouts } = life.lifecycle;
  const watched = [life.main, life.control].filter((process) => process !== undefined);
  const isForAll = killing.mode === "control-group" || (killing.mode === "mixed" && operation === "kill");
  const others = isForAll ? processesIn(life.cgroups) : [];
  const pids = killing.mode === "none" ? [] : [...new Set([...watched.map(({ pid }) => pid), ...others])];
  if (pids.length === 0) return true;
  for (const pid of pids) tell(pid, life, operation);
  const gone = untilGone(life, watched);
  const event = await within(life, operation === "abort" ? timeouts.abort : timeouts.stop, (late) =>
    firstOf({ gone, late }),
  );
  return event === "gone";
}

/** A stopped process has to go on to hear it. */
function tell(pid: number, { lifecycle: { killing } }: Life, operation: Operation): void {
  const [hangup, kill, resume] = ["HUP", "KILL", "CONT"].map((name) => signalNumber(name));
  const signal = killing[operation];
  sendSignal(pid, signal);
  if (signal !== kill) sendSignal(pid, resume!);
  if (killing.hangsUp && operation === "terminate" && signal !== hangup) sendSignal(pid, hangup!);
}

async function untilGone({ cgroups }: Life, watched: readonly Process[]): Promise<void> {
  if (watched.length === 0) await untilEmpty(cgroups);
  await Promise.all(watched.map(({ ended }) => ended));
}
