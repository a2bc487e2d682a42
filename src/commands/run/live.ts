import { FAILED } from "../../errors.ts";
import { signalNumber } from "../../values/signal.ts";
import { untilEmpty } from "./emptiness.ts";
import { endAll } from "./ending.ts";
import { fail, type Life, within } from "./life.ts";
import { startMain, untilMainEnds } from "./main.ts";
import { reloadOnHangup } from "./reload.ts";
import { runStep } from "./steps.ts";
import { firstOf, NEVER, startTimer } from "./timer.ts";

/**
 * A service from its first command to its last, as systemd has it (src/core/service.c); returns the exit code of
 * `dynuser run`.
 */
export async function live(life: Life): Promise<number> {
  const isStoppable = (await start(life)) && (await runOn(life));
  if (isStoppable) await runStep(life, "ExecStop");
  await endAll(life);
  life.watchdog?.stop();
  await runStep(life, "ExecStopPost");
  await endAll(life);
  return conclude(life);
}

async function start(life: Life): Promise<boolean> {
  return (
    (await runStep(life, "ExecCondition")) &&
    (await runStep(life, "ExecStartPre")) &&
    (await startMain(life)) &&
    startWatchdog(life) &&
    (await runStep(life, "ExecStartPost"))
  );
}

/** From now on the service has to say that it is alive, where WatchdogSec= wants it. */
function startWatchdog(life: Life): true {
  life.watchdog = startTimer(life.lifecycle.timeouts.watchdog);
  void life.watchdog.passed.then(() => life.silence.resolve());
  return true;
}

/** Until it ends or is to end; whether ExecStop= is for it: not when it has failed since the last command of the start. */
async function runOn(life: Life): Promise<boolean> {
  if (life.verdict.result !== "success") return true;
  const { type, timeouts } = life.lifecycle;
  reloadOnHangup(life);
  const limit = type === "oneshot" ? Number.POSITIVE_INFINITY : timeouts.runtime;
  const event = await within(life, limit, (late) =>
    firstOf({ stop: life.orders.stop, silent: life.silence.promise, ended: untilOver(life), late }),
  );
  if (event === "late") {
    fail(life, "timeout", "it ran longer than RuntimeMaxSec=");
    return true;
  }
  if (event === "silent") {
    fail(life, "watchdog", "it was silent for longer than WatchdogSec=");
    life.ending = "abort";
  }
  return life.verdict.result === "success";
}

async function untilOver(life: Life): Promise<void> {
  await untilMainEnds(life);
  if (life.isMainUnknown || life.lifecycle.exitType === "cgroup") await untilEmpty(life.cgroups);
  if (life.lifecycle.remainsAfterExit && life.verdict.result === "success") await NEVER;
}

/** A service that failed without a command that did is a failure of ours to run it. */
function conclude({ verdict, orders }: Life): number {
  const signal = orders.stopSignal();
  if (verdict.code !== 0 || verdict.result === "exec-condition") return verdict.code;
  if (verdict.result !== "success") return FAILED;
  return signal !== undefined && verdict.mainEnd === undefined ? 128 + signalNumber(signal) : 0;
}
