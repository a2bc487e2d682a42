import { readConfiguration } from "../../config/configuration.ts";
import { findRuntime } from "../../host/runtime.ts";
import { formatJson } from "../../oci/json.ts";
import type { Process } from "../../oci/spec.ts";
import { readProcess } from "../../start/containerRecord.ts";
import type { PreparedProcess } from "../../start/preparedProcess.ts";
import type { Client } from "../../sys/process/client.ts";
import { containerPaths } from "../record/location.ts";
import { keepForRuntime } from "../record/runtimeFiles.ts";
import { readProcessFile } from "../request/bundle.ts";
import { optionOf, type RuntimeArguments } from "./arguments.ts";
import type { Judged } from "./canonical.ts";
import { givesAwayDevices } from "./create.ts";
import { processFromArguments } from "./execArguments.ts";
import { adaptExecProcess } from "./execProcess.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Another process in a container. The runtime gets a process file of dynuser's own, with the container's identity, whether
 * the caller gave a file or arguments.
 * @throws UserErrors when it asks for more than the container's process has, or the administrator's configuration is broken
 */
export async function prepareExec(call: RuntimeArguments, runtime: Runtime, client: Client): Promise<Judged> {
  const { id = "" } = call;
  const { directory, cache, stateRoot } = containerPaths(call, id, runtime.name, client);
  const prepared = id === "" ? undefined : readProcess(directory);
  if (prepared === undefined) return { places: { root: stateRoot }, isPrepared: false };
  // Its content does not matter here, but nothing starts under a broken one.
  await readConfiguration(cache);
  const needsPipe = givesAwayDevices(findRuntime(runtime.path, cache));
  const process = keepForRuntime(directory, client.parent, formatJson(makeProcess(call, prepared)));
  return { places: { root: stateRoot, process }, isPrepared: true, needsPipe };
}

function makeProcess(call: RuntimeArguments, prepared: PreparedProcess): Process {
  const file = optionOf(call, "process");
  return file ? adaptExecProcess(readProcessFile(file), prepared) : processFromArguments(call, prepared);
}
