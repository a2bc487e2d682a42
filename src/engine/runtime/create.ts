import { resolve } from "node:path";
import { hasDefaultProfile, isConfigured } from "../../config/configuration.ts";
import { quote, UserError } from "../../errors.ts";
import { prewarmCgroups } from "../../host/cgroups.ts";
import { findRuntime } from "../../host/runtime.ts";
import { refuseBadHolderId } from "../../identity/holder.ts";
import type { RuntimeFacts } from "../../model/facts.ts";
import { canonicalFile, canonicalPath } from "../../sys/files/canonicalPath.ts";
import { replaceLink } from "../../sys/files/write.ts";
import { type Client, isServed } from "../../sys/process/client.ts";
import { effectiveUser } from "../../sys/process/process.ts";
import { isAtLeast } from "../../values/version.ts";
import { prepareContainer } from "../container.ts";
import { readCreation } from "../creation.ts";
import { CONFIG_LINK } from "../record/links.ts";
import {
  type ContainerPaths,
  containerPaths,
  ensureStateDirectories,
  type RuntimePaths,
  recordRuntimeDirectory,
} from "../record/location.ts";
import { type Bundle, mentionsDynuser, parseBundle, readConfig, replaceConfig } from "../request/bundle.ts";
import { type Invocation, recognizeCri, recognizeEngine } from "../request/engine.ts";
import { type Caller, readContainerRequest } from "../request/request.ts";
import { optionOf, type RuntimeArguments } from "./arguments.ts";
import type { Judged, Places } from "./canonical.ts";
import { recordLimits } from "./limits.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Prepares the container of `create` and `run`, when it asks for anything: claims its user, makes its directories,
 * rewrites its config.
 * @throws UserErrors when it cannot be had; nothing has changed then
 */
export async function prepareCreate(call: RuntimeArguments, runtime: Runtime, client: Client): Promise<Judged> {
  const { places, bundle, paths } = await findBundle(call, runtime, client);
  if (bundle === undefined) return { places, isPrepared: false };
  // a process of one call would have to load for it what a standby process has
  if (isServed(client)) prewarmCgroups();
  const { id = "" } = call;
  const creation = await readCreation({
    id,
    spec: bundle.spec,
    paths,
    client,
    caller: callerOf(call, bundle),
    rootfs: () => rootfsOf(bundle),
    runtime: () => findRuntime(runtime.path, paths.cache),
  });
  if (creation === undefined) return { places, isPrepared: false };
  refuseBadHolderId(paths.key);
  prepareContainer(creation, (changed) => {
    recordRuntimeDirectory(paths, id);
    replaceLink(`${paths.directory}/${CONFIG_LINK}`, bundle.configPath);
    recordLimits(paths.directory, bundle.spec, changed);
    replaceConfig(bundle, changed, paths.key);
  });
  return { places, isPrepared: true, needsPipe: givesAwayDevices(creation.runtime) };
}

/** @throws UserError: what a checkpoint holds runs as a user that another container may have by now */
export async function refuseRestore(call: RuntimeArguments, runtime: Runtime, client: Client): Promise<Judged> {
  const { places, bundle, paths } = await findBundle(call, runtime, client);
  if (bundle !== undefined) ensureStateDirectories(paths);
  const asked = bundle && (await readContainerRequest(bundle.spec, callerOf(call, bundle), paths.cache));
  if (asked === undefined) return { places, isPrepared: false };
  throw new UserError("cannot restore the container: its user was released when it was checkpointed, expected create");
}

interface Found {
  readonly places: Places;
  readonly paths: RuntimePaths;
  /** Absent for one that cannot concern dynuser: what is wrong with it is the runtime's to say. */
  readonly bundle?: Bundle;
}

async function findBundle(call: RuntimeArguments, { name }: Runtime, client: Client): Promise<Found> {
  const directory = bundleDirectory(call);
  const configPath = configPathOf(call, directory);
  const paths = containerPaths(call, call.id ?? "", name, client);
  const config = optionOf(call, "config") === undefined ? {} : { config: configPath };
  const found = { paths, places: { root: paths.stateRoot, ...config, bundle: directory } };
  const text = readConfig(configPath);
  if (text === undefined)
    throw new UserError(`cannot read ${quote(configPath)}: found nothing there, expected a config`);
  if (!mentionsDynuser(text) && !(await mayHaveDefault(paths))) return found;
  return { ...found, bundle: parseBundle(directory, configPath, text) };
}

function callerOf(call: RuntimeArguments, { directory: bundle }: Bundle): Caller {
  const root = optionOf(call, "root");
  return detectEngine({ bundle, ...(root === undefined ? {} : { root }) });
}

/** An absolute path is read by the kernel in the same way each time; any other one depends on the current directory. */
function bundleDirectory(call: RuntimeArguments): string {
  const path = optionOf(call, "bundle") || ".";
  if (path.includes("\uFFFD"))
    throw new UserError(`cannot read the bundle ${quote(path)}: found a name that is no UTF-8, expected one that is`);
  return path.startsWith("/") && !path.split("/").includes("..") ? path : canonicalPath(path);
}

/** crun takes any name but the usual one for a path from the current directory (src/run_create.c). */
function configPathOf(call: RuntimeArguments, directory: string): string {
  const config = optionOf(call, "config") ?? "config.json";
  return config === "config.json" ? `${directory}/config.json` : canonicalFile(config);
}

/** Only root has paths that no other user can change, and keeps an answer there. */
export async function mayHaveDefault(paths: Pick<ContainerPaths, "stateDir" | "cache">): Promise<boolean> {
  if (!isConfigured()) return false;
  if (effectiveUser() !== 0) return hasDefaultProfile(undefined);
  ensureStateDirectories(paths);
  return hasDefaultProfile(paths.cache);
}

export function detectEngine(call: Invocation): Caller {
  const engine = recognizeEngine(call);
  return { engine, cri: engine === "kubernetes" ? recognizeCri(call) : undefined };
}

function rootfsOf({ directory, spec }: Bundle): string {
  if (spec.root === undefined) throw new UserError("cannot prepare the container: its config has no root");
  return resolve(directory, spec.root.path);
}

/**
 * Before 1.24 crun gives its standard streams to the container's user by fchown, the host's /dev/null among them
 * (src/libcrun/container.c, maybe_chown_std_streams).
 */
export function givesAwayDevices({ name, version }: RuntimeFacts): boolean {
  return name === "crun" && !isAtLeast(version, [1, 24]);
}
