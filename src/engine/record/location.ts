import { quote, UserError } from "../../errors.ts";
import { recordsIn } from "../../identity/registry.ts";
import { isHostState } from "../../model/paths.ts";
import { recordDirectory } from "../../start/containerRecord.ts";
import { type RootlessPaths, rootlessPaths } from "../../start/rootless.ts";
import { canonicalPath } from "../../sys/files/canonicalPath.ts";
import { isWritable, listDirectory, tryReadRecord } from "../../sys/files/files.ts";
import { ensureDirectory, PRIVATE, PUBLIC } from "../../sys/files/ownDirectory.ts";
import { statusOf } from "../../sys/files/status.ts";
import { replaceLink } from "../../sys/files/write.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import type { Client } from "../../sys/process/client.ts";
import { isInUserNamespace } from "../../sys/process/ownNamespace.ts";
import { callerEnvironment, effectiveUser } from "../../sys/process/process.ts";
import { optionOf, type RuntimeArguments } from "../runtime/arguments.ts";
import type { RuntimeName } from "../runtime/options.ts";
import { containerKey, defaultRoot, stateDirectoryOf } from "./key.ts";
import { RUNTIME_LINK } from "./links.ts";

/** Where dynuser keeps what belongs to the container of a call. */
export interface ContainerPaths {
  /** dynuser's directory below /run, or below the user's own one. */
  readonly stateDir: string;
  readonly cache: string;
  /** Where the low-level runtime keeps its containers, if that is known. */
  readonly stateRoot?: string;
  readonly key: string;
  /** Of this container alone. */
  readonly directory: string;
  /** Absent for the host's root. */
  readonly rootlessPaths?: RootlessPaths | undefined;
}

/** The paths of a container whose runtime's directory is known. */
export interface RuntimePaths extends ContainerPaths {
  /** In the kernel's spelling. */
  readonly stateRoot: string;
}

export function stateDirectory(): string {
  return stateDirectoryOf(environment());
}

/** @throws UserError when the runtime's directory cannot be known */
export function containerPaths(call: RuntimeArguments, id: string, runtime: RuntimeName, client: Client): RuntimePaths {
  const stateDir = stateDirectory();
  const stateRoot = runtimeRoot(call, runtime, client);
  const usual = containerKey(stateRoot, id);
  const key = findRecord(stateDir, `${stateRoot}/${id}`, usual) ?? usual;
  return { ...pathsOfKey(stateDir, key), stateRoot };
}

/**
 * The paths of a container that is there already.
 * @throws UserError when it is not: its caller may see one by a descriptor that only it has
 */
export function existingPaths(call: RuntimeArguments, runtime: RuntimeName, client: Client): RuntimePaths {
  const { id = "" } = call;
  const paths = containerPaths(call, id, runtime, client);
  if (statusOf(`${paths.stateRoot}/${id}`) !== undefined) return paths;
  throw new UserError(`cannot find the container ${quote(id)}: found no such directory in ${quote(paths.stateRoot)}`);
}

function runtimeRoot(call: RuntimeArguments, runtime: RuntimeName, client: Client): string {
  const root = optionOf(call, "root") ?? defaultRoot(runtime, runtimeUser(client));
  if (root !== "") return canonicalPath(root);
  throw new UserError('cannot find the container: found --root "", expected a directory');
}

/** The key of the container that has this very directory, by device and inode, however it was spelled. */
function findRecord(stateDir: string, containerDirectory: string, usual: string): string | undefined {
  const wanted = statusOf(containerDirectory);
  if (wanted === undefined) return undefined;
  const isWanted = (key: string) =>
    statusOf(`${recordDirectory(stateDir, key)}/${RUNTIME_LINK}`)?.identity === wanted.identity;
  return isWanted(usual) ? usual : listDirectory(recordsIn(stateDir)).find(isWanted);
}

/** So that the container is found again by its directory. */
export function recordRuntimeDirectory({ directory, stateRoot }: RuntimePaths, id: string): void {
  replaceLink(`${directory}/${RUNTIME_LINK}`, `${stateRoot}/${id}`);
}

/** Makes what a place needs to keep anything; refuses what another user could change. */
export function ensureStateDirectories({ stateDir, cache }: Pick<ContainerPaths, "stateDir" | "cache">): void {
  ensureDirectory(stateDir, PUBLIC);
  ensureDirectory(cache, PRIVATE);
}

export function pathsOfKey(stateDir: string, key: string): ContainerPaths {
  return {
    stateDir,
    key,
    cache: `${stateDir}/cache`,
    directory: recordDirectory(stateDir, key),
    rootlessPaths: rootlessPathsOf(stateDir),
  };
}

/** Where the user whose state directory this is has the directories of services; undefined for the host's root. */
function rootlessPathsOf(stateDir: string): RootlessPaths | undefined {
  return isHostState(stateDir) ? undefined : rootlessPaths(environment());
}

/** The caller becomes the low-level runtime, with the environment that it has now. */
function runtimeUser({ parent }: Client) {
  return {
    environment: { ...callerEnvironment(), ...variablesOf(parent) },
    uid: effectiveUser(),
    isInUserNamespace: isInUserNamespace(),
  };
}

/** A rootless user's hook has no variables; podman, which started it, has them. */
function environment(): Readonly<Record<string, string | undefined>> {
  const own = callerEnvironment();
  if (own["XDG_RUNTIME_DIR"] !== undefined || isWritable("/run")) return own;
  const known = { ...variablesOf(process.ppid), ...own };
  return known["XDG_RUNTIME_DIR"] !== undefined ? known : { ...known, ...loginDirectory() };
}

/** The directory that pam_systemd(8) makes, for a user that su(1) gave no variables. */
function loginDirectory(): Readonly<Record<string, string>> {
  const path = `/run/user/${effectiveUser()}`;
  return statusOf(path)?.isDirectory() ? { XDG_RUNTIME_DIR: path } : {};
}

function variablesOf(pid: number): Readonly<Record<string, string | undefined>> {
  const lines = environmentLines(pid).filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function environmentLines(pid: number): readonly string[] {
  try {
    return (tryReadRecord(`/proc/${pid}/environ`) ?? "").split("\0");
  } catch (error) {
    // It may be another user's.
    if (hasCode(error, "EACCES", "EPERM")) return [];
    throw error;
  }
}
