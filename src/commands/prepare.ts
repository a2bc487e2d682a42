import { basename, dirname, resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { mayAsk } from "../host/bundle.ts";
import { recordsIn } from "../identity/registry.ts";
import { parseRuntimeArguments, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { listDirectory, statusOf } from "../sys/files.ts";
import { mayHaveDefault, type Outcome, prepareCreate, type Runtime, refuseRestore } from "./create.ts";
import { prepareExec } from "./exec.ts";
import { ownPlace } from "./place.ts";
import { reportToEngine } from "./report.ts";

/** What the exit status tells libexec/dynuser. */
const STATUS = { prepared: 0, "not ours": 124, "reported to the engine": 125 } as const;

/** `dynuser prepare --runtime PATH -- ARGV…`: what has to be done before the low-level runtime is called with ARGV. */
export async function prepareRuntimeCall(args: readonly string[]): Promise<number> {
  const [option, path, separator, ...words] = args;
  if (option !== "--runtime" || path === undefined || separator !== "--") {
    throw new UserError("dynuser prepare: expected --runtime PATH -- and the runtime's arguments");
  }
  const call = parseRuntimeArguments(words);
  const runtime = { path, name: basename(path) };
  try {
    if (call.unknown !== undefined) return STATUS[await refuseUnknown(call.unknown, words, runtime)];
    return STATUS[await prepareCall(call, runtime)];
  } catch (error) {
    reportToEngine(error, call);
    return STATUS["reported to the engine"];
  }
}

/** A bundle or a config: by itself, after `--bundle=` or `-f=`, or after letters as in `-db`. */
function pathsIn(word: string): readonly string[] {
  return [word, word.replace(/^-[^=]*=/, ""), word.replace(/^-[a-z]*?[bf]/, "")];
}

const STARTS: ReadonlySet<string> = new Set(["create", "run", "restore"]);

/** Beside an option that nobody knows, any word may be the container's ID or its bundle. */
async function refuseUnknown(option: string, words: readonly string[], runtime: Runtime): Promise<Outcome> {
  const own = ownPlace();
  const keys = listDirectory(recordsIn(own));
  const isHeld = words.some((word) => keys.some((key) => key.endsWith(`:${word}`)));
  const paths = [".", ...words.flatMap(pathsIn)].map((path) => resolve(path));
  const isStart = words.some((word) => STARTS.has(word));
  const mayStartOurs = async () =>
    paths.some((path) => (statusOf(path)?.isFile() ? mayAsk(dirname(path), basename(path)) : mayAsk(path))) ||
    (await mayHaveDefault({ own, cache: `${own}/cache` }));
  if (!isHeld && !(isStart && (await mayStartOurs()))) return "not ours";
  throw new UserError(
    `cannot read the arguments of ${runtime.name}: found ${quote(option)}, expected an option of crun or runc`,
  );
}

async function prepareCall(call: RuntimeArguments, runtime: Runtime): Promise<Outcome> {
  switch (call.verb) {
    case "create":
    case "run":
      return prepareCreate(call, runtime);
    case "restore":
      return refuseRestore(call, runtime);
    case "exec":
      return prepareExec(call, runtime);
    default:
      return "not ours";
  }
}
