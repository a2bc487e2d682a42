import { join } from "node:path";
import { isBelow } from "../../apply/mounts/mountState.ts";
import { NOBODY_ID } from "../../model/nobody.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { IdMapping, Mount, Spec } from "../../oci/spec.ts";
import { readLink } from "../../sys/files/files.ts";
import { type FileStatus, statusOfLink } from "../../sys/files/status.ts";

/** What a path of a container leads to by its config, before the container exists. */
export type ContainerFile =
  | FoundFile
  /** A directory that the runtime creates for a mount. */
  | { readonly kind: "mountPoint" }
  /** execve(2) fails with this errno. */
  | { readonly kind: "failed"; readonly errno: "ENOENT" | "ENOTDIR" | "ELOOP" | "EACCES" }
  /** It lies in a file system that the kernel makes for the container, such as /proc. */
  | { readonly kind: "unknown" };

export interface FoundFile {
  readonly kind: "found";
  /** On the host. */
  readonly path: string;
  readonly status: FileStatus;
  /** As the container sees it. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Undefined where the mount of the host decides. */
  readonly noExec: boolean | undefined;
}

/** As many as the kernel follows in one path (path_resolution(7)). */
const MAXIMUM_LINKS = 40;

/**
 * Resolves `path` component by component through the mounts of the config, as the kernel will in the container.
 * @param maySearch whether the process may look up names in a directory
 */
export function findInContainer(spec: Spec, path: string, maySearch: (directory: FoundFile) => boolean): ContainerFile {
  const left = names(path).reverse();
  let walked = "/";
  for (let links = 0; ; ) {
    const found = lookAt(spec, walked);
    if (left.length === 0) return found;
    const failure = searchFailure(found, maySearch);
    if (failure !== undefined) return failure;
    const next = join(walked, left.pop()!);
    const target = linkAt(spec, next);
    if (target === undefined) walked = next;
    else if (++links > MAXIMUM_LINKS) return { kind: "failed", errno: "ELOOP" };
    else {
      left.push(...names(target).reverse());
      if (target.startsWith("/")) walked = "/";
    }
  }
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function searchFailure(found: ContainerFile, maySearch: (directory: FoundFile) => boolean): ContainerFile | undefined {
  if (found.kind === "mountPoint") return undefined;
  if (found.kind !== "found") return found;
  if (!found.status.isDirectory()) return { kind: "failed", errno: "ENOTDIR" };
  return maySearch(found) ? undefined : { kind: "failed", errno: "EACCES" };
}

function linkAt(spec: Spec, path: string): string | undefined {
  const found = lookAt(spec, path);
  return found.kind === "found" && found.status.type === "link" ? readLink(found.path) : undefined;
}

/** A config is looked at before one start: what was seen then is seen again. */
function lookAt(spec: Spec, path: string): ContainerFile {
  const known = seen.get(spec) ?? new Map<string, ContainerFile>();
  seen.set(spec, known);
  const file = known.get(path) ?? lookThrough(spec, path);
  known.set(path, file);
  return file;
}

const seen = new WeakMap<Spec, Map<string, ContainerFile>>();

/** Of several mounts that cover a path the last one is seen. */
function lookThrough(spec: Spec, path: string): ContainerFile {
  const mount = spec.mounts?.findLast(({ destination }) => path === destination || isBelow(path, destination));
  if (mount === undefined) return lookOnHost(`${spec.root!.path}${path === "/" ? "" : path}`);
  if (isBind(mount)) return lookOnHost(mount.source! + path.slice(mount.destination.length), mount);
  if (!/^(?:tmpfs|ramfs)$/.test(mount.type ?? "")) return { kind: "unknown" };
  return isMountPoint(spec, path) ? { kind: "mountPoint" } : { kind: "failed", errno: "ENOENT" };
}

function lookOnHost(path: string, mount?: Mount): ContainerFile {
  const status = statusOfLink(path);
  if (status === undefined) return { kind: "failed", errno: "ENOENT" };
  return { kind: "found", path, status, owner: shownOwner(status, mount), noExec: noExecOf(mount) };
}

function isMountPoint({ mounts = [] }: Spec, path: string): boolean {
  return mounts.some(({ destination }) => destination === path || isBelow(destination, path));
}

function shownOwner({ uid, gid }: FileStatus, mount: Mount | undefined): FoundFile["owner"] {
  if (mount?.uidMappings === undefined) return { uid, gid };
  const { uidMappings, gidMappings = [] } = mount;
  return { uid: shownId(uid, uidMappings), gid: shownId(gid, gidMappings) };
}

function shownId(id: number, mappings: readonly IdMapping[]): number {
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? NOBODY_ID : range.hostID + id - range.containerID;
}

function noExecOf(mount: Mount | undefined): boolean | undefined {
  const word = mount?.options?.findLast((option) => /^r?(?:no)?exec$/.test(option));
  return word === undefined ? undefined : word.includes("no");
}
