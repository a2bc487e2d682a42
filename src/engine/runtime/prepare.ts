import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import type { Client } from "../../sys/process/client.ts";
import { type Answer, INPUT, STATUS } from "./answer.ts";
import {
  isRuntimeName,
  parseRuntimeArguments,
  printingOption,
  type RuntimeArguments,
  readsAlike,
} from "./arguments.ts";
import { canonicalWords, type Judged, quoteForShell } from "./canonical.ts";
import { mayConcern } from "./concern.ts";
import { prepareCreate, refuseRestore } from "./create.ts";
import { prepareExec } from "./exec.ts";
import { prepareUpdate, refuseMounts } from "./limits.ts";
import { reportToEngine } from "./log.ts";
import type { Runtime } from "./runtime.ts";

/**
 * `dynuser prepare --runtime PATH -- ARGV…`: what has to be done before the low-level runtime is called with ARGV. Where the
 * words to call it with are not ARGV itself, they are printed, quoted for the shell, behind one of `INPUT`.
 */
export async function prepareRuntimeCall(args: readonly string[], client: Client): Promise<Answer> {
  const [option, path, separator, ...words] = args;
  const name = basename(path ?? "");
  if (option !== "--runtime" || path === undefined || separator !== "--" || !isRuntimeName(name)) {
    throw new UserError("dynuser prepare: expected --runtime PATH of crun or runc, -- and its arguments");
  }
  const call = parseRuntimeArguments(words, name);
  try {
    return await judge(call, words, { path, name }, client);
  } catch (error) {
    reportToEngine(error, call);
    return { status: STATUS.reported };
  }
}

const JUDGES: Readonly<Record<string, (call: RuntimeArguments, runtime: Runtime, client: Client) => Promise<Judged>>> =
  {
    create: prepareCreate,
    run: prepareCreate,
    restore: refuseRestore,
    exec: prepareExec,
    update: prepareUpdate,
    mounts: refuseMounts,
  };

/**
 * A call of a prepared container gets the canonical words. Any other one stays as it is, unless it is written so that the
 * runtime could read a container in it that concerns dynuser: then it gets them too, or is refused where it was not
 * understood.
 */
async function judge(
  call: RuntimeArguments,
  words: readonly string[],
  runtime: Runtime,
  client: Client,
): Promise<Answer> {
  if (call.problem !== undefined) return refuseUnread(call.problem, words, runtime);
  const act = JUDGES[call.verb ?? ""];
  if (act === undefined) return { status: STATUS.untouched };
  const judged =
    printingOption(call) !== undefined ? { places: {}, isPrepared: false } : await act(call, runtime, client);
  if (!judged.isPrepared && (readsAlike(words) || !(await mayConcern(words)))) return { status: STATUS.untouched };
  const answer = [judged.needsPipe ? INPUT.pipe : INPUT.own, ...canonicalWords(call, judged.places)];
  return { status: STATUS.call, line: quoteForShell(answer) };
}

async function refuseUnread(problem: string, words: readonly string[], { name }: Runtime): Promise<Answer> {
  if (!(await mayConcern(words))) return { status: STATUS.untouched };
  throw new UserError(`cannot read the arguments of ${name}: ${problem}`);
}
