import { reportErrors } from "../console/failure.ts";
import type { Options } from "../console/options.ts";
import { requireRoot } from "../console/requireRoot.ts";
import { INTERNAL_COMMANDS, toAnswer } from "../engine/commands.ts";
import { predictExample } from "../engine/example.ts";
import { collectAfterwards } from "../engine/release.ts";
import { parseStandbyRequest } from "../engine/standbyRequest.ts";
import { closeRead, DECLINED, openSlot, removeStaleSlots, type StandbySlot } from "../engine/standbySlot.ts";
import { InvalidValueError, UserError } from "../errors.ts";
import { withContext } from "../sys/failure.ts";
import { readLink } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { areLibrariesCurrent } from "../sys/libseccomp/libseccomp.ts";
import { runAs, viewOf } from "../sys/process/client.ts";
import { enableEarlyJit, preventTracing } from "../sys/process/process.ts";
import { parseTimeSpan } from "../values/timeSpan.ts";

/** How long a slot stays whose client was killed after it had claimed it, and an idle process after its program. */
const IDLE_SECONDS = 60;
/** The JavaScript engine keeps about half a kilobyte of memory for each request. */
const MAX_REQUESTS = 50_000;

/**
 * `dynuser standby [--idle TIME]`: serves requests of libexec/dynuser one after the other, with the same effect as a new process of dynuser.
 * Exits after MAX_REQUESTS requests, when its program or libraries are replaced, or when it has been idle: a service manager
 * starts it again.
 */
export async function runStandbyServer(options: Options): Promise<number> {
  const idleSeconds = readIdle(options.get("idle"));
  requireRoot("standby");
  if (readLink("/proc/self") !== String(process.pid)) {
    throw new UserError("cannot serve: found the /proc of another PID namespace, expected that of this process");
  }
  withContext("serve", removeStaleSlots);
  withContext("serve", preventTracing);
  const [edition, view] = [programEdition(), viewOf("self")];
  enableEarlyJit();
  await Promise.all(INTERNAL_COMMANDS.map(({ load }) => load()));
  const isCurrent = () => programEdition() === edition && areLibrariesCurrent();
  await serveUntil(() => !isCurrent(), idleSeconds, view);
  return 0;
}

/** @throws UserError */
function readIdle(time: string | undefined): number {
  if (time === undefined) return Number.POSITIVE_INFINITY;
  try {
    return Number(parseTimeSpan(time, "seconds", "seconds"));
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new UserError(`cannot read --idle: ${error.message}`);
  }
}

async function serveUntil(isOver: () => boolean, idleSeconds: number, view: string | undefined): Promise<void> {
  const open = () => (isOver() ? undefined : withContext("serve", openSlot));
  let unread: readonly StandbySlot[] = [];
  let [left, lastServed] = [MAX_REQUESTS, performance.now()];
  let slot = open();
  if (slot !== undefined) await predictExamples(slot);
  while (slot !== undefined) {
    unread = closeRead(unread, slot);
    const text = slot.wait(Math.min(IDLE_SECONDS, idleSeconds));
    const isServed = text !== undefined && !isOver();
    const wasEnded = await answerDeferring(slot, isServed ? text : undefined, view);
    if (isServed) [left, lastServed] = [left - 1, performance.now()];
    const isIdle = performance.now() - lastServed >= idleSeconds * 1000;
    const used = slot;
    // the next client does not wait for what follows
    slot = wasEnded || isIdle || left === 0 ? undefined : open();
    used.remove();
    unread = [...unread, used];
    if (isServed && left % COLLECTED_EACH === 0) await collectAfterwards();
  }
  for (const one of unread) one.close("patiently");
}

async function predictExamples(slot: StandbySlot): Promise<void> {
  for (let examples = EXAMPLES; examples > 0 && !slot.isAsked(); examples--) await predictExample();
}

/** @returns whether a signal has asked the process to end meanwhile */
function answerDeferring(slot: StandbySlot, text: string | undefined, view: string | undefined): Promise<boolean> {
  return deferSignals(async () => {
    const answer = text === undefined ? undefined : await serveRequest(text, slot, view);
    slot.answer(answer ?? DECLINED);
  });
}

/** A start that asks a standby process leaves it to look for leftovers, after one in so many answers. */
const COLLECTED_EACH = 8;

/** After that many the JavaScript engine has compiled most of what a request runs; each takes some milliseconds. */
const EXAMPLES = 60;

const ENDING = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** A signal that ends the process waits, since the client's input may be used up. Returns whether one has come. */
async function deferSignals(work: () => Promise<void>): Promise<boolean> {
  let wasEnded = false;
  const note = () => {
    wasEnded = true;
  };
  for (const signal of ENDING) process.on(signal, note);
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  for (const signal of ENDING) process.off(signal, note);
  return wasEnded;
}

/** Changes when the program is replaced, or the loader would take other libraries. */
function programEdition(): string {
  const [program, libraries] = ["/proc/self/exe", "/etc/ld.so.cache"].map(statusOf);
  return [program?.links, libraries?.ino, libraries?.mtimeMs].join();
}

/** A path that names another file for each process. */
function isOfProcess(word: string): boolean {
  return /(?:^|[/=])(?:proc\/(?:self|thread-self)|dev\/(?:fd|std\w+))(?:\/|$)/.test(word);
}

/** The answer; undefined where the client must start its own process. */
async function serveRequest(text: string, slot: StandbySlot, view: string | undefined): Promise<string | undefined> {
  const request = parseStandbyRequest(text);
  const command = INTERNAL_COMMANDS.find(({ name }) => name === request?.command);
  if (request === undefined || command === undefined) return undefined;
  const { client, count, words } = request;
  const run = await command.load();
  return runAs(client, slot.line, view, command.streams, async (commandLine) => {
    if (count > commandLine.length) return undefined;
    // the engine's words come last, after the shell, its options and the script
    const args = commandLine.slice(commandLine.length - count);
    if (args.some(isOfProcess)) return undefined;
    const all = command.name === "prepare" ? [...words, ...args] : words;
    let line = "";
    const status = await reportErrors(async () => {
      const answer = toAnswer(await run(all, client));
      line = answer.line ?? "";
      return answer.status;
    });
    return `${status} ${line}`;
  });
}
