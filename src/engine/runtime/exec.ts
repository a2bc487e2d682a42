import { readConfiguration } from "../../config/configuration.ts";
import { quote, UserError } from "../../errors.ts";
import { findRuntime } from "../../host/runtime.ts";
import { formatJson } from "../../oci/json.ts";
import type { Process } from "../../oci/spec.ts";
import { readProcess } from "../../start/containerRecord.ts";
import type { PreparedProcess } from "../../start/preparedProcess.ts";
import type { Client } from "../../sys/process/client.ts";
import { existingPaths } from "../record/location.ts";
import { keepForRuntime } from "../record/runtimeFiles.ts";
import { readProcessFile } from "../request/bundle.ts";
import { optionOf, optionsOf, type RuntimeArguments } from "./arguments.ts";
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
  const { directory, cache, stateRoot } = existingPaths(call, runtime.name, client);
  const prepared = readProcess(directory);
  if (prepared === undefined) return { places: { root: stateRoot }, isPrepared: false };
  // Its content does not matter here, but nothing starts under a broken one.
  await readConfiguration(cache);
  refuseOutside(optionsOf(call, "cgroup"));
  const needsPipe = givesAwayDevices(findRuntime(runtime.path, cache));
  const process = keepForRuntime(directory, client.parent, formatJson(makeProcess(call, prepared)));
  return { places: { root: stateRoot, process }, isPrepared: true, needsPipe };
}

/** Below the container's own cgroup, which has its limits and network filters. */
function refuseOutside(cgroups: readonly string[]): void {
  const outside = cgroups.find((path) => path.split(/[/:]/).includes(".."));
  if (outside === undefined) return;
  throw new UserError(`cannot exec in the container: found --cgroup ${quote(outside)}, expected one below its own`);
}

function makeProcess(call: RuntimeArguments, prepared: PreparedProcess): Process {
  const file = optionOf(call, "process");
  return file ? adaptExecProcess(readProcessFile(file), prepared) : processFromArguments(call, prepared);
}
