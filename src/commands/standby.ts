import { UserError } from "../errors.ts";
import { clearDesks, openDesk } from "../host/desk.ts";
import { explaining } from "../host/failure.ts";
import { inPlaceOf, viewOf } from "../sys/caller.ts";
import { readLink, statusOf } from "../sys/files.ts";
import { areLibrariesCurrent } from "../sys/libseccomp.ts";
import { expectLongLife } from "../sys/process.ts";
import { toldWhenItFails } from "./failure.ts";
import { INTERNAL_COMMANDS } from "./internal.ts";
import type { Options } from "./options.ts";
import { requireRoot } from "./rights.ts";

/** So long a claim can last whose process was killed, and an idle one outlast its program. */
const IDLE_SECONDS = 60;
/** Memory that the engine does not give back is some kilobytes for each. */
const MOST_REQUESTS = 2000;

/**
 * `dynuser standby`: does what the scripts of libexec ask for, one request after the other, as those who ask would have it
 * done by a dynuser of their own. Ends after many of them, or when there is another program or library in the place of its
 * own: a service manager starts it again.
 */
export async function standBy(options: Options): Promise<number> {
  if (options.rest.length > 0) throw new UserError("cannot stand by: expected no operand");
  requireRoot("standby");
  if (readLink("/proc/self") !== String(process.pid)) {
    throw new UserError("cannot stand by: found the /proc of another PID namespace, expected that of our own");
  }
  explaining("stand by", clearDesks);
  const [edition, view] = [editionOfProgram(), viewOf("self")];
  expectLongLife();
  await Promise.all(INTERNAL_COMMANDS.map(({ load }) => load()));
  const isCurrent = () => editionOfProgram() === edition && areLibrariesCurrent();
  for (let left = MOST_REQUESTS; left > 0 && isCurrent(); ) {
    const desk = explaining("stand by", openDesk);
    const request = desk.wait(IDLE_SECONDS);
    const isServed = request !== undefined && isCurrent();
    const wasEnded = await finishing(async () => desk.close(isServed ? await serve(request, view) : undefined));
    if (wasEnded) break;
    if (isServed) left -= 1;
  }
  return 0;
}

const ENDING = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Who is served may have given away its input already: what ends us waits. Whether it has come. */
async function finishing(work: () => Promise<void>): Promise<boolean> {
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
function editionOfProgram(): string {
  const [program, libraries] = ["/proc/self/exe", "/etc/ld.so.cache"].map(statusOf);
  return [program?.nlink, libraries?.ino, libraries?.mtimeMs].join();
}

/** A path that means something else to each process. */
function isAskersOwn(word: string): boolean {
  return /(?:^|[/=])(?:proc\/(?:self|thread-self)|dev\/(?:fd|std\w+))(?:\/|$)/.test(word);
}

/** The exit status; undefined where the asker has to start a program, as it is not where we are. */
async function serve(request: string, view: string | undefined): Promise<number | undefined> {
  const [pid, parent, count, name, ...words] = request.trim().split(" ");
  const command = INTERNAL_COMMANDS.find((one) => one.name === name);
  if (command === undefined) return undefined;
  const run = await command.load();
  return inPlaceOf({ pid: Number(pid), parent: Number(parent) }, view, (commandLine) => {
    // the engine's own words come last, after the shell, its options and the script
    const args = commandLine.slice(commandLine.length - Number(count));
    if (args.some(isAskersOwn)) return undefined;
    return toldWhenItFails(() => run(name === "prepare" ? [...words, ...args] : words));
  });
}
