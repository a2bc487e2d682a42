import { makeInaccessible } from "../host/inaccessible.ts";
import { readHolder } from "../identity/holder.ts";
import { type Registry, recordsIn } from "../identity/registry.ts";
import type { RuntimeFacts } from "../model/facts.ts";
import { isHostState } from "../model/paths.ts";
import type { Spec } from "../oci/spec.ts";
import { initPath, makeInitFile, writeProcess } from "../start/containerRecord.ts";
import { undoAll } from "../start/host/perform.ts";
import { type Predicted, predict, prepare } from "../start/pipeline.ts";
import { openRegistryAt, rulesAt } from "../start/registry.ts";
import { dropSecretAnnotations } from "../start/secrets.ts";
import { keepingDirectories } from "../sys/files/directory.ts";
import { ensureDirectory, PASSABLE } from "../sys/files/ownDirectory.ts";
import { statusOfLink } from "../sys/files/status.ts";
import type { Creation } from "./creation.ts";
import { describeStart, withFixedUid } from "./describeStart.ts";
import { addHooks } from "./hooks/install.ts";
import { findScript } from "./libexec.ts";
import type { ContainerPaths } from "./record/location.ts";
import { releaseContainer } from "./release.ts";

/**
 * Claims the container's user, makes its directories, and passes the changed spec to `deliver`; a failure undoes everything.
 * @throws UserErrors; nothing has changed then
 */
export function prepareContainer(creation: Creation, deliver: (spec: Spec) => void): void {
  keepingDirectories(() => prepareAndDeliver(creation, deliver));
}

function prepareAndDeliver(creation: Creation, deliver: (spec: Spec) => void): void {
  const { paths, spec } = creation;
  const registry = openRegistryAt(paths.stateDir, rulesAt(paths.stateDir, creation.request.identity), creation.client);
  ensureDirectory(recordsIn(paths.stateDir), PASSABLE);
  makeInaccessible(paths.stateDir);
  forgetLostRecord(paths, registry);
  const start = describeStart(creation, registry);
  const prepared = prepare(start, withFixedUid(start, registry));
  try {
    const [before, after] = [spec.process, prepared.spec.process];
    if (before !== undefined && after !== undefined) writeProcess(paths.directory, { before, after });
    if (paths.stateRoot === undefined) makeInitFile(paths.directory);
    deliver(addHooks(dropSecretAnnotations(prepared.spec), hookPlaces(creation)));
  } catch (error) {
    undoAll(prepared.undos);
    releaseContainer(paths.key, paths.stateDir, registry, "failed");
    throw error;
  }
}

/** The result that `prepareContainer` would have; nothing is claimed or changed. */
export function predictContainer(creation: Creation): Predicted {
  const registry = openRegistryAt(creation.paths.stateDir, rulesAt(creation.paths.stateDir, creation.request.identity));
  return predict(describeStart(creation, registry), registry);
}

/** A record without a holder is left over from a start that was killed. */
function forgetLostRecord({ stateDir, key, directory }: ContainerPaths, registry: Registry): void {
  if (statusOfLink(directory) !== undefined && readHolder(key, registry) === undefined)
    releaseContainer(key, stateDir, registry);
}

function hookPlaces({ paths, runtime, engineReportsExit = false }: Creation) {
  const { stateDir, key, directory } = paths;
  const userDirectory = isHostState(stateDir) ? {} : { XDG_RUNTIME_DIR: stateDir.replace(/\/dynuser$/, "") };
  return {
    key,
    program: findScript("call") ?? process.execPath,
    ...(paths.stateRoot === undefined && { init: initPath(directory) }),
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...userDirectory },
    engineReportsExit,
    stage: knowsCreateRuntime(runtime) ? ("createRuntime" as const) : ("prestart" as const),
    ...(runtime.name === "runc" && { timeoutSeconds: 60 }),
  };
}

/** runc has it since 1.0.0-rc91, crun since 0.12; older ones ignore hooks that they do not know. */
function knowsCreateRuntime({ name, version }: RuntimeFacts): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return name !== "crun" || major > 0 || minor >= 12;
}
