import { printError } from "../sys/process/output.ts";
import { exitCodeOf, waitForChild } from "../sys/process/process.ts";
import { findMain } from "./forked.ts";
import { launch } from "./launch.ts";
import { noteOomKill } from "./oom.ts";
import { type Ended, judge } from "./outcome.ts";
import { fail, note, type ServiceRun } from "./serviceRun.ts";
import { awaitInTime, isInterrupted, type Part, partsOf, runBeside } from "./steps.ts";
import { variablesFor } from "./variables.ts";

/** Starts the main process; whether the service has started (Type= in systemd.service(5)). */
export async function startMain(run: ServiceRun): Promise<boolean> {
  const parts = partsOf(run.lifecycle, "ExecStart");
  switch (run.lifecycle.type) {
    case "oneshot":
      return runAll(run, parts);
    case "forking":
      return fork(run, parts[0]!);
    case "simple":
      return begin(run, parts[0]!);
    case "notify":
    case "notify-reload":
      return (await begin(run, parts[0]!)) && untilReady(run);
  }
}

async function runAll(run: ServiceRun, parts: readonly Part[]): Promise<boolean> {
  for (const part of parts) {
    const hasEnded = (await begin(run, part)) && (await awaitInTime(run, part.step, waitForMain(run)));
    if (hasEnded === undefined || run.outcome.result !== "success") return false;
  }
  return true;
}

/** False when it cannot be executed, or a stop was requested. */
async function begin(run: ServiceRun, part: Part): Promise<boolean> {
  if (isInterrupted(run, part.step)) return false;
  const { pid, ended } = launch(run.context, { ...part, variables: variablesFor(run, part.step) });
  if (pid === undefined) {
    noteMainEnd(run, part, await ended);
    return run.outcome.result === "success";
  }
  watchMain(run, part, pid, ended);
  return true;
}

/** Makes this process the main one. */
function watchMain(run: ServiceRun, part: Part, pid: number, ended: Promise<Ended>): void {
  const main = { pid, ended };
  run.main = main;
  run.isMainUnknown = false;
  run.stopRequest.direct(pid);
  run.onMain(pid);
  void ended.then((end) => {
    if (run.main !== main) return;
    run.main = undefined;
    noteMainEnd(run, part, end);
  });
}

function noteMainEnd(run: ServiceRun, { command, step }: Part, ended: Ended): void {
  if (ended.failure !== undefined) printError(ended.failure);
  noteOomKill(run);
  note(run, judge(ended, command, step, run.lifecycle));
  run.outcome = { ...run.outcome, mainEnd: ended.end };
}

/** Makes the process that MAINPID= names the main one. */
export function changeMain(run: ServiceRun, pid: number): void {
  const part = partsOf(run.lifecycle, "ExecStart")[0];
  if (part === undefined || run.main?.pid === pid) return;
  watchMain(run, part, pid, untilEnd(pid));
}

async function untilEnd(pid: number): Promise<Ended> {
  const end = await waitForChild(pid);
  return { end, code: exitCodeOf(end) };
}

/** Waits until there is no main process; MAINPID= may have changed it. */
export async function waitForMain(run: ServiceRun): Promise<true> {
  while (run.main !== undefined) await run.main.ended;
  return true;
}

async function untilReady(run: ServiceRun): Promise<boolean> {
  const { remainsAfterExit, notifyAccess } = run.lifecycle;
  const ended = waitForMain(run).then(async () => {
    const mayBeReadyYet = remainsAfterExit && notifyAccess !== "main" && run.outcome.result === "success";
    return mayBeReadyYet ? run.ready.promise.then(() => "ready") : "ended";
  });
  const event = await awaitInTime(run, "ExecStart", Promise.race([run.ready.promise.then(() => "ready"), ended]));
  if (event === "ended" && run.outcome.result === "success") fail(run, "protocol", "it ended before READY=1");
  return event === "ready";
}

async function fork(run: ServiceRun, part: Part): Promise<boolean> {
  if (!(await runBeside(run, part))) return false;
  const main = await awaitInTime(run, "ExecStart", findMain(run));
  if (main === "none") fail(run, "protocol", "no main process was found in PIDFile=");
  if (main === undefined || main === "none") return false;
  if (main === "unknown") run.isMainUnknown = true;
  else changeMain(run, main);
  return true;
}
