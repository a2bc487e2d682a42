import { printError } from "../sys/process/output.ts";
import type { Command } from "../values/commandLine.ts";
import { signalName } from "../values/signal.ts";
import { type Launched, launch } from "./launch.ts";
import type { Lifecycle, Step } from "./lifecycle.ts";
import { type Ended, judge } from "./outcome.ts";
import { fail, note, type ServiceRun, within } from "./serviceRun.ts";
import { firstOf, NEVER } from "./timer.ts";
import { variablesFor } from "./variables.ts";

/** Steps of the start, which a stop request interrupts. */
const OF_A_RELOAD: readonly Step[] = ["ExecReload", "ExecReloadPost"];
const OF_THE_START: readonly Step[] = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"];

/** One command of a step. */
export interface Part {
  readonly step: Step;
  readonly index: number;
  readonly command: Command;
}

/** Runs the commands of a step in order until one fails; whether all succeeded. */
export async function runStep(run: ServiceRun, step: Step): Promise<boolean> {
  for (const part of partsOf(run.lifecycle, step)) {
    if (!(await runBeside(run, part))) return false;
  }
  return true;
}

export function partsOf({ commands }: Lifecycle, step: Step): readonly Part[] {
  return commands[step].map((command, index) => ({ step, index, command }));
}

/** Runs a command that is not the main one. */
export async function runBeside(run: ServiceRun, part: Part): Promise<boolean> {
  if (isInterrupted(run, part.step)) return false;
  const launched = launch(run.context, { ...part, variables: variablesFor(run, part.step) });
  watch(run, launched);
  const ended = await awaitInTime(run, part.step, launched.ended);
  return ended !== undefined && noteEnd(run, part, ended);
}

export function isInterrupted({ stopRequest }: ServiceRun, step: Step): boolean {
  return OF_THE_START.includes(step) && stopRequest.stopSignal() !== undefined;
}

/** The result of `wanted`; undefined when the step took too long or a stop was requested. */
export async function awaitInTime<T>(run: ServiceRun, step: Step, wanted: Promise<T>): Promise<T | undefined> {
  const { timeouts, whenStartIsLate, whenStopIsLate } = run.lifecycle;
  const isStart = OF_THE_START.includes(step) || OF_A_RELOAD.includes(step);
  const stop = OF_THE_START.includes(step) ? run.stopRequest.stop : NEVER;
  const event = await within(run, isStart ? timeouts.start : timeouts.stop, (late) => firstOf({ wanted, late, stop }));
  if (event === "wanted") return wanted;
  if (event === "late") {
    run.ending = isStart ? whenStartIsLate : whenStopIsLate;
    fail(run, "timeout", `${step}= took longer than ${isStart ? "TimeoutStartSec=" : "TimeoutStopSec="}`);
  }
  return undefined;
}

function watch(run: ServiceRun, { pid, ended }: Launched): void {
  if (pid === undefined) return;
  const control = { pid, ended };
  run.control = control;
  void ended.then(() => {
    if (run.control === control) run.control = undefined;
  });
}

function noteEnd(run: ServiceRun, { step, command }: Part, ended: Ended): boolean {
  const judged = judge(ended, command, step, run.lifecycle);
  if (!OF_A_RELOAD.includes(step)) note(run, judged);
  if (judged.result === "exec-condition") printError(`not started: ${step}=${command.file} ${formatEnd(ended)}`);
  else if (judged.result !== "success") printError(`${step}=${command.file} failed: it ${formatEnd(ended)}`);
  return judged.result === "success";
}

function formatEnd({ end, failure }: Ended): string {
  if (failure !== undefined) return `was not started: ${failure}`;
  return "code" in end ? `exited with ${end.code}` : `was ended by ${signalName(end.signal)}`;
}
