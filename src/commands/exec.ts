import { resolve } from "node:path";
import { adaptExecProcess } from "../apply/execProcess.ts";
import { readProcessFile, replaceProcess } from "../host/bundle.ts";
import { readConfiguration } from "../host/configuration.ts";
import { readProcess } from "../host/containerRecord.ts";
import type { PreparedProcess } from "../oci/preparedProcess.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import type { Outcome, Runtime } from "./create.ts";
import { refuseWideningExec } from "./execArguments.ts";
import { placeOf } from "./place.ts";

/**
 * Another process in a container: its process file is rewritten to the container's own identity.
 * @throws UserError when it asks for more than the container's process has, or the administrator's configuration is broken
 */
export async function prepareExec(call: RuntimeArguments, runtime: Runtime): Promise<Outcome> {
  if (call.id === undefined) return "not ours";
  const { directory, cache } = placeOf(call, call.id, runtime.name);
  const prepared = readProcess(directory);
  if (prepared === undefined) return "not ours";
  // nothing of it is needed, but nothing starts under one that is broken
  await readConfiguration(cache);
  const file = optionOf(call, "process");
  if (file === undefined) refuseWideningExec(call, prepared, runtime.name);
  else adaptProcessFile(resolve(file), prepared);
  return "prepared";
}

function adaptProcessFile(path: string, prepared: PreparedProcess): void {
  replaceProcess(path, adaptExecProcess(readProcessFile(path), prepared));
}
