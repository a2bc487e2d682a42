import { basename, dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import type { Holder } from "../../identity/holderRecord.ts";
import { parseJson } from "../../oci/json.ts";
import { PRIVATE_MOUNTS } from "../../run/host/privateMounts.ts";
import { listDirectory, tryReadText } from "../../sys/files/files.ts";
import { statusOf } from "../../sys/files/status.ts";
import { hasCode } from "../../sys/kernel/system.ts";

/** A container known to its low-level runtime. */
export interface FoundContainer {
  readonly id: string;
  /** The directory of its config.json, as a path for this process. */
  readonly bundle: string;
  /** Present for a run of `dynuser run`. */
  readonly holder?: Holder;
}

/** State directories of low-level runtimes: by hand, podman, Docker, containerd, CRI-O. */
const STATE_ROOTS = [
  "/run/crun",
  "/run/runc",
  "/run/docker/runtime-runc",
  "/run/containerd/runc",
  "/run/crio",
] as const;

/**
 * The container with this ID or prefix of an ID, or of the service of this name.
 * @throws UserError when there is none, or several
 */
export function findContainer(wanted: string, holders: readonly Holder[]): FoundContainer {
  const all = [...ownRuns(holders), ...stateDirectories().map(fromState)].filter((one) => one !== undefined);
  const exact = all.filter(({ id, holder }) => id === wanted || holder?.name === wanted);
  const found = exact.length > 0 ? exact : all.filter(({ id }) => wanted.length > 2 && id.startsWith(wanted));
  if (found.length === 1) return found[0]!;
  const what = found.length === 0 ? "no container of that ID" : `${found.length} containers`;
  throw new UserError(
    `cannot look at container ${quote(wanted)}: found ${what}, expected one that runs (looked below ${STATE_ROOTS.join(", ")})`,
  );
}

/** The bundle of `dynuser run` is in the mount namespace of its process. */
function ownRuns(holders: readonly Holder[]): readonly FoundContainer[] {
  return holders
    .map((holder) => ({ id: holder.id, bundle: `/proc/${holder.claimer.pid}/root${PRIVATE_MOUNTS.bundle}`, holder }))
    .filter(({ bundle }) => statusOf(`${bundle}/config.json`) !== undefined);
}

/** Docker and containerd have one more level, for namespaces. */
function stateDirectories(): readonly string[] {
  const children = (path: string) => entriesOf(path).map((name) => `${path}/${name}`);
  return STATE_ROOTS.flatMap(children).flatMap((path) => (isState(path) ? [path] : children(path).filter(isState)));
}

function entriesOf(path: string): readonly string[] {
  try {
    return listDirectory(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}

function isState(path: string): boolean {
  return STATE_FILES.some(({ name }) => statusOf(`${path}/${name}`) !== undefined);
}

interface StateFile {
  readonly bundle?: string;
  readonly config?: { readonly labels?: readonly string[] };
}

/** crun writes the bundle, runc a label (libcontainer's state). */
const STATE_FILES = [
  { name: "status", bundleOf: ({ bundle }: StateFile) => bundle },
  {
    name: "state.json",
    bundleOf: ({ config }: StateFile) => config?.labels?.find((label) => label.startsWith("bundle="))?.slice(7),
  },
] as const;

function fromState(directory: string): FoundContainer | undefined {
  for (const { name, bundleOf } of STATE_FILES) {
    const bundle = bundleOf(readState(`${directory}/${name}`) ?? {});
    if (bundle !== undefined && bundle !== PRIVATE_MOUNTS.bundle) return { id: basename(directory), bundle };
  }
  return undefined;
}

/** Undefined for a container that has gone meanwhile. */
function readState(path: string): StateFile | undefined {
  const text = statusOf(dirname(path)) === undefined ? undefined : tryReadText(path);
  try {
    return text === undefined ? undefined : (parseJson(text) as StateFile);
  } catch {
    return undefined;
  }
}
