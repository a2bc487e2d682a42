import { basename } from "node:path";
import { quote, UserError } from "../errors.ts";
import { parseRuntimeArguments, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { prepareCreate, type Runtime, refuseRestore } from "./create.ts";
import { prepareExec } from "./exec.ts";
import { reportToEngine } from "./report.ts";

/** What libexec/dynuser takes for "the engine has been told why". */
const REPORTED = 125;

/** `dynuser prepare --runtime PATH -- ARGV…`: what has to be done before the low-level runtime is called with ARGV. */
export async function prepareRuntimeCall(args: readonly string[]): Promise<number> {
  const [option, path, separator, ...words] = args;
  if (option !== "--runtime" || path === undefined || separator !== "--") {
    throw new UserError("dynuser prepare: expected --runtime PATH -- and the runtime's arguments");
  }
  const call = parseRuntimeArguments(words);
  try {
    await prepareCall(call, { path, name: basename(path) });
    return 0;
  } catch (error) {
    reportToEngine(error, call);
    return REPORTED;
  }
}

async function prepareCall(call: RuntimeArguments, runtime: Runtime): Promise<void> {
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
      return;
  }
}
