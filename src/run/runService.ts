import { FAILED } from "../errors.ts";
import { signalNumber } from "../values/signal.ts";
import { waitUntilEmpty } from "./emptiness.ts";
import { endAll } from "./ending.ts";
import { startMain, waitForMain } from "./main.ts";
import { watchMemory } from "./oom.ts";
import type { Outcome } from "./outcome.ts";
import { reloadOnHangup } from "./reload.ts";
import { fail, type ServiceRun, within } from "./serviceRun.ts";
import { runStep } from "./steps.ts";
import { firstOf, NEVER, startTimer } from "./timer.ts";

/** Runs a service from its first command to its last (src/core/service.c); returns the exit code of `dynuser run`. */
export async function runService(run: ServiceRun): Promise<number> {
  const memory = watchMemory(run);
  const isStoppable = (await start(run)) && (await runOn(run));
  if (isStoppable) await runStep(run, "ExecStop");
  await endAll(run);
  memory.stop();
  run.watchdog?.stop();
  await runStep(run, "ExecStopPost");
  await endAll(run);
  return finish(run);
}

async function start(run: ServiceRun): Promise<boolean> {
  return (
    (await runStep(run, "ExecCondition")) &&
    (await runStep(run, "ExecStartPre")) &&
    (await startMain(run)) &&
    startWatchdog(run) &&
    (await runStep(run, "ExecStartPost"))
  );
}

/** The service must send WATCHDOG=1 from now on, if WatchdogSec= is set. */
function startWatchdog(run: ServiceRun): true {
  run.watchdog = startTimer(run.lifecycle.timeouts.watchdog);
  void run.watchdog.passed.then(() => run.watchdogExpired.resolve());
  return true;
}

/** Waits until the service ends or must stop; whether ExecStop= runs: not for a service that failed after its start. */
async function runOn(run: ServiceRun): Promise<boolean> {
  if (run.outcome.result !== "success") return true;
  const { type, timeouts } = run.lifecycle;
  reloadOnHangup(run);
  const limit = type === "oneshot" ? Number.POSITIVE_INFINITY : timeouts.runtime;
  const event = await within(run, limit, (late) =>
    firstOf({
      stop: run.stopRequest.stop,
      silent: run.watchdogExpired.promise,
      ended: waitForExit(run),
      late,
      oom: run.outOfMemory.promise,
    }),
  );
  if (event === "late") {
    fail(run, "timeout", "it ran longer than RuntimeMaxSec=");
    run.outcome = { ...run.outcome, isOverdue: true };
    return true;
  }
  if (event === "oom") {
    run.ending = run.lifecycle.oomPolicy === "kill" ? "kill" : "terminate";
    return run.lifecycle.oomPolicy === "stop";
  }
  if (event === "silent") {
    fail(run, "watchdog", "it was silent for longer than WatchdogSec=");
    run.ending = "abort";
  }
  return run.outcome.result === "success";
}

async function waitForExit(run: ServiceRun): Promise<void> {
  await waitForMain(run);
  if (run.isMainUnknown || run.lifecycle.exitType === "cgroup") await waitUntilEmpty(run.fence);
  if (run.lifecycle.remainsAfterExit && run.outcome.result === "success") await NEVER;
}

/** 125 where the service failed and no command did. */
function finish({ outcome, stopRequest }: ServiceRun): number {
  const signal = stopRequest.stopSignal();
  if (signal !== undefined && outcome.result === "success" && !isExited(outcome)) return 128 + signalNumber(signal);
  if (outcome.code !== 0 || outcome.result === "exec-condition") return outcome.code;
  if (outcome.result !== "success") return FAILED;
  return 0;
}

/** A main process that has exited by itself decides about the exit code, also after a stop request. */
function isExited({ mainEnd }: Outcome): boolean {
  return mainEnd !== undefined && "code" in mainEnd;
}
