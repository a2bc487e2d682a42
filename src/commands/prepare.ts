import { basename } from "node:path";
import { quote, UserError } from "../errors.ts";
import { parseRuntimeArguments, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { type Outcome, prepareCreate, type Runtime, refuseRestore } from "./create.ts";
import { prepareExec } from "./exec.ts";
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
  try {
    return STATUS[await prepareCall(call, { path, name: basename(path) })];
  } catch (error) {
    reportToEngine(error, call);
    return STATUS["reported to the engine"];
  }
}

async function prepareCall(call: RuntimeArguments, runtime: Runtime): Promise<Outcome> {
  if (call.unknown !== undefined) {
    throw new UserError(
      `cannot read the arguments of ${runtime.name}: found ${quote(call.unknown)}, expected an option of crun or runc`,
    );
  }
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
