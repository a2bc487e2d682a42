import { resolve } from "node:path";
import { addHooks } from "../apply/hooks.ts";
import { treeOfUser } from "../apply/userPlaces.ts";
import { CacheDirectory, LogsDirectory, RuntimeDirectory, StateDirectory } from "../directives/execDirectories.ts";
import { UserError } from "../errors.ts";
import type { Facts, RuntimeFacts } from "../facts.ts";
import { type Bundle, readBundle, replaceConfig } from "../host/bundle.ts";
import { cgroupsOf } from "../host/cgroups.ts";
import { makeRecord, statePath, writeProcess } from "../host/containerRecord.ts";
import { recognizeEngine } from "../host/engine.ts";
import { directoryRootfs, gatherFacts } from "../host/facts.ts";
import { undoAll } from "../host/perform.ts";
import { findRuntime } from "../host/runtime.ts";
import { rootfsTree } from "../host/tree.ts";
import { makeInaccessible } from "../host/world.ts";
import { makeTrusted, type Registry } from "../identity/registry.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import type { Spec } from "../oci/spec.ts";
import type { Scope } from "../plan.ts";
import type { Service } from "../service.ts";
import { type Asked, readAsked } from "./asked.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import { imageChanges } from "./imageChanges.ts";
import { readImageFiles } from "./imageFiles.ts";
import { choosesUser, prepare, readSettings, type Start } from "./pipeline.ts";
import { type Place, placeOf } from "./place.ts";
import { giveBack } from "./release.ts";

/** The low-level runtime that is going to be called. */
export interface Runtime {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
}

/**
 * Prepares the container of `create` and `run`, when it asks for anything: claims its user, makes its directories,
 * rewrites its config.
 * @throws UserErrors when it cannot be had; nothing has changed then
 */
export async function prepareCreate(call: RuntimeArguments, runtime: Runtime): Promise<void> {
  const bundle = readBundle(resolve(optionOf(call, "bundle") ?? "."), optionOf(call, "config"));
  if (bundle === undefined || call.id === undefined) return;
  const root = optionOf(call, "root");
  const engine = recognizeEngine({ bundle: bundle.directory, ...(root === undefined ? {} : { root }) });
  const place = placeOf(call, call.id, runtime.name);
  for (const path of [place.own, place.cache]) makeTrusted(path);
  const asked = await readAsked(bundle.spec, engine, place.cache);
  if (asked === undefined) return;
  prepareBundle({
    id: call.id,
    bundle,
    place,
    asked,
    runtime: findRuntime(runtime.path, place.cache),
    pid: process.ppid,
  });
}

/** @throws UserError: what a checkpoint holds runs as a user that somebody else may have by now */
export async function refuseRestore(call: RuntimeArguments, runtime: Runtime): Promise<void> {
  const bundle = readBundle(resolve(optionOf(call, "bundle") ?? "."), optionOf(call, "config"));
  if (bundle === undefined || call.id === undefined) return;
  const place = placeOf(call, call.id, runtime.name);
  const asked = await readAsked(bundle.spec, recognizeEngine({ bundle: bundle.directory }), place.cache);
  if (asked === undefined) return;
  throw new UserError(
    "cannot restore the container: its user was given back when it was checkpointed, expected create",
  );
}

/** One container to be prepared, however its engine came to us. */
export interface Creation {
  readonly id: string;
  readonly bundle: Bundle;
  readonly place: Place;
  readonly asked: Asked;
  readonly runtime: RuntimeFacts;
  /** Whose end is the claim's until the container's init has it. */
  readonly pid: number;
}

/** @throws UserErrors; nothing has changed then */
export function prepareBundle(creation: Creation): void {
  const { bundle, place } = creation;
  const registry = openRegistryAt(place.own);
  const start = describeStart(creation, registry);
  const directory = makeRecord(place.own, place.key);
  makeInaccessible(place.own);
  try {
    const prepared = prepare(start, registry);
    try {
      const before = bundle.spec.process;
      const after = prepared.spec.process;
      if (before !== undefined && after !== undefined) writeProcess(directory, { before, after });
      replaceConfig(bundle, addHooks(prepared.spec, hookPlaces(creation)), place.key);
    } catch (error) {
      undoAll(prepared.undos);
      throw error;
    }
  } catch (error) {
    giveBack(place.key, place.own, registry);
    throw error;
  }
}

function rootfsOf({ directory, spec }: Bundle): string {
  if (spec.root === undefined) throw new UserError("cannot prepare the container: its config has no root");
  return resolve(directory, spec.root.path);
}

/** @throws UserErrors with all that is wrong with the settings */
function describeStart(creation: Creation, registry: Registry): Start {
  const { asked, bundle, id, pid, place, runtime } = creation;
  const { service } = readSettings(asked.settings, `${asked.name ?? id}.service`);
  const image = choosesUser(service) ? readImageFiles(bundle.spec, rootfsOf(bundle), id) : undefined;
  return {
    service,
    pid,
    spec: image?.spec ?? bundle.spec,
    facts: gather(bundle, runtime, place, registry),
    scope: makeScope(creation, service),
    expectation: { cgroups: ownCgroups(bundle.spec, id), runtime: { path: runtime.path, root: place.stateRoot, id } },
    places: place.userPlaces,
    changes: (context) => imageChanges(context, image, asked),
  };
}

function gather(bundle: Bundle, runtime: RuntimeFacts, { cache, userPlaces }: Place, { names }: Registry): Facts {
  const root = rootfsOf(bundle);
  const facts = gatherFacts({ rootfs: directoryRootfs(root, root, "", rootfsTree(root)), runtime, names, cache });
  return userPlaces === undefined ? facts : { ...facts, host: treeOfUser(facts.host, userPlaces) };
}

/** systemd names a transient service by its unit; a container has the first of its directories before its ID. */
function makeScope({ asked, id, place }: Creation, service: Service): Scope {
  const kinds = [StateDirectory, RuntimeDirectory, CacheDirectory, LogsDirectory];
  const [directory] = kinds.flatMap((kind) => service.get(kind) ?? []);
  const name = asked.name ?? directory?.source.replaceAll("/", "-") ?? id;
  return {
    name,
    unit: `${asked.name ?? id}.service`,
    containerId: place.key,
    directory: place.directory,
    environment: {},
  };
}

/** Only directories that bear the container's name hold it and nobody else; systemd's notation is left to systemd. */
function ownCgroups({ linux }: Spec, id: string): readonly string[] {
  const path = linux?.cgroupsPath;
  return path?.startsWith("/") && path.split("/").at(-1)!.includes(id) ? cgroupsOf(path) : [];
}

function hookPlaces({ place, runtime }: Creation) {
  const { own, key, directory } = place;
  const userDirectory = own.startsWith("/run/dynuser") ? {} : { XDG_RUNTIME_DIR: own.replace(/\/dynuser$/, "") };
  return {
    key,
    binary: process.execPath,
    state: statePath(directory),
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...userDirectory },
    stage: knowsCreateRuntime(runtime) ? ("createRuntime" as const) : ("prestart" as const),
  };
}

/** runc has it since 1.0.0-rc91, crun since 0.12; older ones ignore hooks that they do not know. */
function knowsCreateRuntime({ name, version }: RuntimeFacts): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return name !== "crun" || major > 0 || minor >= 12;
}
