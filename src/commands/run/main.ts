import { exitCodeOf, waitForChild } from "../../sys/process.ts";
import { findMain } from "./forked.ts";
import { launch } from "./launch.ts";
import { fail, type Life, note } from "./life.ts";
import { awaitInTime, isInterrupted, type Part, partsOf, runBeside } from "./steps.ts";
import { variablesFor } from "./variables.ts";
import { type Ended, judge } from "./verdict.ts";

/** Starts the main process; whether the service counts as started (Type= in systemd.service(5)). */
export async function startMain(life: Life): Promise<boolean> {
  const parts = partsOf(life.lifecycle, "ExecStart");
  switch (life.lifecycle.type) {
    case "oneshot":
      return runAll(life, parts);
    case "forking":
      return fork(life, parts[0]!);
    case "simple":
      return begin(life, parts[0]!);
    case "notify":
    case "notify-reload":
      return (await begin(life, parts[0]!)) && untilReady(life);
  }
}

async function runAll(life: Life, parts: readonly Part[]): Promise<boolean> {
  for (const part of parts) {
    const hasEnded = (await begin(life, part)) && (await awaitInTime(life, part.step, untilMainEnds(life)));
    if (hasEnded === undefined || life.verdict.result !== "success") return false;
  }
  return true;
}

/** False when it cannot be executed, or is not to be any more. */
async function begin(life: Life, part: Part): Promise<boolean> {
  if (isInterrupted(life, part.step)) return false;
  const { pid, ended } = launch(life.ground, { ...part, variables: variablesFor(life, part.step) });
  if (pid === undefined) {
    noteMainEnd(life, part, await ended);
    return life.verdict.result === "success";
  }
  watchMain(life, part, pid, ended);
  return true;
}

/** From now on this is the main process. */
function watchMain(life: Life, part: Part, pid: number, ended: Promise<Ended>): void {
  const main = { pid, ended };
  life.main = main;
  life.isMainUnknown = false;
  life.orders.direct(pid);
  void ended.then((end) => {
    if (life.main !== main) return;
    life.main = undefined;
    noteMainEnd(life, part, end);
  });
}

function noteMainEnd(life: Life, { command, step }: Part, ended: Ended): void {
  note(life, judge(ended, command, step, life.lifecycle));
  life.verdict = { ...life.verdict, mainEnd: ended.end };
}

/** The main process that a service names itself (MAINPID=). */
export function changeMain(life: Life, pid: number): void {
  const part = partsOf(life.lifecycle, "ExecStart")[0];
  if (part === undefined || life.main?.pid === pid) return;
  watchMain(life, part, pid, untilEnd(pid));
}

async function untilEnd(pid: number): Promise<Ended> {
  const end = await waitForChild(pid);
  return { end, code: exitCodeOf(end) };
}

/** Whichever process is the main one by then. */
export async function untilMainEnds(life: Life): Promise<true> {
  while (life.main !== undefined) await life.main.ended;
  return true;
}

async function untilReady(life: Life): Promise<boolean> {
  const { remainsAfterExit, notifyAccess } = life.lifecycle;
  const ended = untilMainEnds(life).then(async () => {
    const mayBeReadyYet = remainsAfterExit && notifyAccess !== "main" && life.verdict.result === "success";
    return mayBeReadyYet ? life.ready.promise.then(() => "ready") : "ended";
  });
  const event = await awaitInTime(life, "ExecStart", Promise.race([life.ready.promise.then(() => "ready"), ended]));
  if (event === "ended" && life.verdict.result === "success") fail(life, "protocol", "it ended before READY=1");
  return event === "ready";
}

async function fork(life: Life, part: Part): Promise<boolean> {
  if (!(await runBeside(life, part))) return false;
  const main = await awaitInTime(life, "ExecStart", findMain(life));
  if (main === "none") fail(life, "protocol", "no main process was found in PIDFile=");
  if (main === undefined || main === "none") return false;
  if (main === "unknown") life.isMainUnknown = true;
  else changeMain(life, main);
  return true;
}
