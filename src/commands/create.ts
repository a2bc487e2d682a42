import { resolve } from "node:path";
import { quote, UserError } from "../errors.ts";
import { type Bundle, mayAsk, readBundle, replaceConfig } from "../host/bundle.ts";
import { hasDefaultProfile, isConfigured } from "../host/configuration.ts";
import { type Call, recognizeCri, recognizeEngine } from "../host/engine.ts";
import { findRuntime } from "../host/runtime.ts";
import { optionOf, type RuntimeArguments } from "../oci/runtimeArguments.ts";
import { callerPid } from "../sys/caller.ts";
import { effectiveUser } from "../sys/process.ts";
import { type Caller, readAsked } from "./asked.ts";
import { prepareContainer } from "./container.ts";
import { type Place, placeOf, trustPlace } from "./place.ts";

/** The low-level runtime that is going to be called. */
export interface Runtime {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
}

/** Of a call that nothing was wrong with. */
export type Outcome = "prepared" | "not ours";

/**
 * Prepares the container of `create` and `run`, when it asks for anything: claims its user, makes its directories,
 * rewrites its config.
 * @throws UserErrors when it cannot be had; nothing has changed then
 */
export async function prepareCreate(call: RuntimeArguments, runtime: Runtime): Promise<Outcome> {
  if (call.id === undefined) return "not ours";
  const place = placeOf(call, call.id, runtime.name);
  const bundle = await findBundle(call, place);
  if (bundle === undefined) return "not ours";
  const root = optionOf(call, "root");
  const caller = recognize({ bundle: bundle.directory, ...(root === undefined ? {} : { root }) });
  trustPlace(place);
  const asked = await readAsked(bundle.spec, caller, place.cache);
  if (asked === undefined) return "not ours";
  const { spec } = bundle;
  const facts = findRuntime(runtime.path, place.cache);
  // Our parent becomes the low-level runtime when we are done.
  const creation = {
    id: call.id,
    spec,
    engine: caller.engine,
    rootfs: rootfsOf(bundle),
    place,
    asked,
    runtime: facts,
    pid: callerPid(),
  };
  prepareContainer(creation, (changed) => replaceConfig(bundle, changed, place.key));
  return "prepared";
}

/** Undefined for one that cannot concern us, whatever else its config may hold: its runtime is to tell what is wrong with it. */
async function findBundle(call: RuntimeArguments, place: Place): Promise<Bundle | undefined> {
  const directory = resolve(optionOf(call, "bundle") ?? ".");
  if (directory.includes("\uFFFD")) {
    throw new UserError(
      `cannot read the bundle ${quote(directory)}: found a name that is no UTF-8, expected one that is`,
    );
  }
  const config = optionOf(call, "config");
  const mayBeOurs = mayAsk(directory, config) || (await mayHaveDefault(place));
  return mayBeOurs ? readBundle(directory, config) : undefined;
}

/** Whoever is not root has no place that could be trusted to keep anything in. */
export async function mayHaveDefault(place: Pick<Place, "own" | "cache">): Promise<boolean> {
  if (!isConfigured()) return false;
  if (effectiveUser() !== 0) return hasDefaultProfile(undefined);
  trustPlace(place);
  return hasDefaultProfile(place.cache);
}

export function recognize(call: Call): Caller {
  const engine = recognizeEngine(call);
  return { engine, cri: engine === "kubernetes" ? recognizeCri(call) : undefined };
}

function rootfsOf({ directory, spec }: Bundle): string {
  if (spec.root === undefined) throw new UserError("cannot prepare the container: its config has no root");
  return resolve(directory, spec.root.path);
}

/** @throws UserError: what a checkpoint holds runs as a user that somebody else may have by now */
export async function refuseRestore(call: RuntimeArguments, runtime: Runtime): Promise<Outcome> {
  if (call.id === undefined) return "not ours";
  const place = placeOf(call, call.id, runtime.name);
  const bundle = await findBundle(call, place);
  if (bundle === undefined) return "not ours";
  const root = optionOf(call, "root");
  const caller = recognize({ bundle: bundle.directory, ...(root === undefined ? {} : { root }) });
  const asked = await readAsked(bundle.spec, caller, place.cache);
  if (asked === undefined) return "not ours";
  throw new UserError(
    "cannot restore the container: its user was given back when it was checkpointed, expected create",
  );
}
