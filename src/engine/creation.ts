import type { Engine } from "../config/written.ts";
import { quote, UserError } from "../errors.ts";
import type { RuntimeFacts } from "../model/facts.ts";
import type { Spec } from "../oci/spec.ts";
import { isServiceName, SERVICE_NAME } from "../settings/unitName.ts";
import type { Client } from "../sys/process/client.ts";
import type { Door } from "./policy/check.ts";
import { type ContainerPaths, ensureStateDirectories } from "./record/location.ts";
import { type Caller, type ContainerRequest, readContainerRequest } from "./request/request.ts";

/** A container to be prepared. */
export interface Creation {
  /** The engine's ID of the container. */
  readonly id: string;
  /** As the engine wrote it. */
  readonly spec: Spec;
  /** The image's files on the host, absolute. */
  readonly rootfs: string;
  readonly paths: ContainerPaths;
  readonly request: ContainerRequest;
  readonly engine: Engine;
  readonly runtime: RuntimeFacts;
  readonly client: Client;
  /** The engine itself runs a hook of dynuser at the container's end. */
  readonly engineReportsExit?: boolean;
  readonly door: Door;
}

/** A request of an engine to create a container. */
export interface CreateCall extends Pick<Creation, "id" | "spec" | "paths" | "client" | "engineReportsExit"> {
  readonly caller: Caller;
  readonly door?: Door;
  /** Called only for a container that concerns dynuser. */
  rootfs(): string;
  runtime(): RuntimeFacts;
}

export const NO_DOOR_CHECKS: Door = { service: [], start: [] };

/**
 * Undefined for a container that asks for nothing.
 * @throws UserErrors for annotations that cannot be read
 */
export async function readCreation(call: CreateCall): Promise<Creation | undefined> {
  const { id, spec, paths, client, caller, engineReportsExit = false, door = NO_DOOR_CHECKS } = call;
  ensureStateDirectories(paths);
  const request = await readContainerRequest(spec, caller, paths.cache);
  if (request === undefined) return undefined;
  if (!isServiceName(id))
    throw new UserError(`cannot name the container: found ID ${quote(id)}, expected ${SERVICE_NAME}`);
  const { engine } = caller;
  return {
    id,
    spec,
    paths,
    request,
    engine,
    engineReportsExit,
    door,
    client,
    rootfs: call.rootfs(),
    runtime: call.runtime(),
  };
}
