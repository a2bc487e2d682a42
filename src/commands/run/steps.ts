import { complain } from "../../sys/output.ts";
import type { Command } from "../../values/commandLine.ts";
import { signalName } from "../../values/signal.ts";
import { type Launched, launch } from "./launch.ts";
import { fail, type Life, note, within } from "./life.ts";
import type { Lifecycle, Step } from "./lifecycle.ts";
import { firstOf, NEVER } from "./timer.ts";
import { variablesFor } from "./variables.ts";
import { type Ended, judge } from "./verdict.ts";

/** Steps of the start, which a stop interrupts. */
const OF_THE_START: readonly Step[] = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"];

/** One command of a step of this life. */
export interface Part {
  readonly step: Step;
  readonly index: number;
  readonly command: Command;
}

/** Runs the commands of a step, one after the other, until one fails; whether all went well. */
export async function runStep(life: Life, step: Step): Promise<boolean> {
  for (const part of partsOf(life.lifecycle, step)) {
    if (!(await runBeside(life, part))) return false;
  }
  return true;
}

export function partsOf({ commands }: Lifecycle, step: Step): readonly Part[] {
  return commands[step].map((command, index) => ({ step, index, command }));
}

/** Runs a command that is not the main one. */
export async function runBeside(life: Life, part: Part): Promise<boolean> {
  if (isInterrupted(life, part.step)) return false;
  const launched = launch(life.ground, { ...part, variables: variablesFor(life, part.step) });
  watch(life, launched);
  const ended = await awaitInTime(life, part.step, launched.ended);
  return ended !== undefined && noteEnd(life, part, ended);
}

export function isInterrupted({ orders }: Life, step: Step): boolean {
  return OF_THE_START.includes(step) && orders.stopSignal() !== undefined;
}

/** What is fulfilled in the time that a step has; undefined when it is late, or the service is to stop. */
export async function awaitInTime<T>(life: Life, step: Step, wanted: Promise<T>): Promise<T | undefined> {
  const { timeouts, whenStartIsLate, whenStopIsLate } = life.lifecycle;
  const isStart = OF_THE_START.includes(step) || step === "ExecReload";
  const stop = OF_THE_START.includes(step) ? life.orders.stop : NEVER;
  const event = await within(life, isStart ? timeouts.start : timeouts.stop, (late) => firstOf({ wanted, late, stop }));
  if (event === "wanted") return wanted;
  if (event === "late") {
    life.ending = isStart ? whenStartIsLate : whenStopIsLate;
    fail(life, "timeout", `${step}= took longer than ${isStart ? "TimeoutStartSec=" : "TimeoutStopSec="}`);
  }
  return undefined;
}

function watch(life: Life, { pid, ended }: Launched): void {
  if (pid === undefined) return;
  const control = { pid, ended };
  life.control = control;
  void ended.then(() => {
    if (life.control === control) life.control = undefined;
  });
}

function noteEnd(life: Life, { step, command }: Part, ended: Ended): boolean {
  const judged = judge(ended, command, step, life.lifecycle);
  if (step !== "ExecReload") note(life, judged);
  if (judged.result === "exec-condition") complain(`not started: ${step}=${command.file} ${describe(ended)}`);
  else if (judged.result !== "success") complain(`${step}=${command.file} failed: it ${describe(ended)}`);
  return judged.result === "success";
}

function describe({ end }: Ended): string {
  return "code" in end ? `exited with ${end.code}` : `was ended by ${signalName(end.signal)}`;
}
