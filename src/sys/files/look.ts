import { join } from "node:path";
import type { MountFlag, PathStatus } from "../../model/facts.ts";
import { O_PATH } from "../kernel/callNumbers.ts";
import { readlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, fstatfs, openat } from "../kernel/libc.ts";
import { LEADS_NOWHERE, tryOpenat2 } from "../kernel/openat2.ts";
import { hasCode } from "../kernel/system.ts";
import { openBelow, pin, readLink, tryPinBelow, using, usingSeen, usingTrusted } from "./directory.ts";
import { type FileStatus, readStatusAt, statusAt } from "./status.ts";

/** As many as the kernel follows in one path. */
const MAXIMUM_LINKS = 40;

/**
 * Says what is at a path when `root` is taken for `/`; the path without links as far as it exists. What was seen at one is
 * seen again.
 * @param flags of mounts, by their numbers; others are looked up
 */
export function openView(root: string, flags = new Map<bigint, readonly MountFlag[]>()): (path: string) => PathStatus {
  const known = new Map<string, PathStatus>();
  const view: View = { root, flags, missing: new Set() };
  const look = (path: string): PathStatus => {
    const status = known.get(path) ?? lookInto(view, path, look);
    known.set(path, status);
    return status;
  };
  return look;
}

interface View {
  readonly root: string;
  /** The root's path without links, once it is known. */
  place?: string;
  /** The flags of mounts by their numbers. */
  readonly flags: Map<bigint, readonly MountFlag[]>;
  /** Paths of directories at which nothing is, without links in what there is of them. */
  readonly missing: Set<string>;
}

function lookInto(view: View, path: string, look: (other: string) => PathStatus): PathStatus {
  return usingTrusted(
    view.root,
    (top) =>
      lookWithoutLinks(view, top, path) ??
      lookAtExisting(view, top, path) ??
      lookAtMissing(top, path, look) ??
      lookByComponents(view, top, path),
  );
}

/** Nearly all paths have no link in them, so that their names say where they lead; undefined for any other. */
function lookWithoutLinks(view: View, top: number, path: string): PathStatus | undefined {
  const walked = names(path);
  if (walked.includes("..")) return undefined;
  if (isBelowMissing(view, walked)) return missing(walked);
  const name = walked.at(-1) ?? "";
  const above = walked.slice(0, -1).join("/");
  return usingSeen(view, top, above, (parent) => {
    if (parent === undefined) return undefined;
    const status = parent === "missing" ? undefined : statusAt(parent, name);
    if (parent === "missing") view.missing.add(above);
    if (parent === "missing" || status === undefined) return missing(walked);
    return status.type === "link"
      ? undefined
      : describe(view, join("/", ...walked), status, () =>
          name === "" ? readMountFlags(parent) : using(pin(parent, name), readMountFlags),
        );
  });
}

function isBelowMissing({ missing }: View, walked: readonly string[]): boolean {
  return missing.size > 0 && walked.some((_, index) => missing.has(walked.slice(0, index + 1).join("/")));
}

/** A name that its parent has not; undefined for a link that leads nowhere. */
function lookAtMissing(top: number, path: string, look: (other: string) => PathStatus): PathStatus | undefined {
  const [name = "..", ...above] = names(path).reverse();
  if (name === ".." || above.includes("..")) return undefined;
  const parent = look(`/${above.reverse().join("/")}`);
  const walked = [...names(parent.path), name];
  if (parent.type === "missing") return missing(walked);
  if (parent.type !== "directory") return undefined;
  return hasEntry(top, parent.path, name) ? undefined : missing(walked);
}

/**
 * A link is an entry too, wherever it leads. A parent that has been replaced meanwhile is not vouched for, but then nothing
 * is below it that was there before.
 */
function hasEntry(top: number, parent: string, name: string): boolean {
  try {
    const entry = tryPinBelow(top, `${parent}/${name}`.replace(/^\/+/, ""));
    return entry !== undefined && using(entry, () => true);
  } catch (error) {
    if (hasCode(error, "ENOTDIR", "ELOOP")) return true;
    throw error;
  }
}

/** What `tryOpenat2` passes over, and ENOSYS of a sandbox. */
const NO_ANSWER = [...LEADS_NOWHERE, 38];

/** The kernel's own answer; undefined where there is none, a link that leads nowhere included. */
function lookAtExisting(view: View, top: number, path: string): PathStatus | undefined {
  const RESOLVE_IN_ROOT = 0x10;
  const opened = tryOpenat2(top, path, O_PATH, RESOLVE_IN_ROOT, NO_ANSWER);
  return opened === undefined ? undefined : using(opened, (file) => found(view, pathWithin(view, top, file), file));
}

/** The kernel reports the path from this process's root; `root` may have links in it. */
function pathWithin(view: View, top: number, file: number): string {
  const path = pathOf(file);
  view.place ??= view.root === "/" ? "/" : pathOf(top);
  return view.place === "/" ? path : path.slice(view.place.length) || "/";
}

function pathOf(descriptor: number): string {
  return readlinkat(AT_FDCWD, `/proc/self/fd/${descriptor}`).toString();
}

function found(view: View, path: string, file: number): PathStatus {
  return describe(view, path, readStatusAt(file), () => readMountFlags(file));
}

/** @param readFlags is called once for each mount */
function describe(
  { flags }: View,
  path: string,
  status: FileStatus,
  readFlags: () => readonly MountFlag[],
): PathStatus {
  const { type, uid, gid, mode, node, fileSystem, mountId } = status;
  const mountFlags = flags.get(mountId) ?? readFlags();
  flags.set(mountId, mountFlags);
  return {
    path,
    type,
    uid,
    gid,
    mode,
    ...(node && { device: node }),
    fileSystemDevice: fileSystem,
    mountFlags,
  };
}

/** ST_ flags of statfs(2). */
const MOUNT_FLAGS: readonly (readonly [bigint, MountFlag])[] = [
  [1n, "ro"],
  [2n, "nosuid"],
  [4n, "nodev"],
  [8n, "noexec"],
];

/** The flags of the mount that `path` lies in. */
export function mountFlagsOf(path: string): readonly MountFlag[] {
  return using(openat(AT_FDCWD, path, O_PATH), readMountFlags);
}

function readMountFlags(file: number): readonly MountFlag[] {
  const flags = fstatfs(file).readBigUInt64LE(80);
  return MOUNT_FLAGS.filter(([bit]) => flags & bit).map(([, flag]) => flag);
}

/** Follows links by hand, so that what is missing has a path without links too. */
function lookByComponents(view: View, top: number, path: string): PathStatus {
  const left = names(path).reverse();
  const walked: string[] = [];
  for (let links = 0; left.length > 0; ) {
    const name = left.pop()!;
    if (name === "..") {
      walked.pop();
      continue;
    }
    const target = targetOf(top, walked, name);
    if (target === undefined) walked.push(name);
    else if (++links > MAXIMUM_LINKS) return missing([...walked, name, ...left.reverse()]);
    else {
      if (target.startsWith("/")) walked.length = 0;
      left.push(...names(target).reverse());
    }
  }
  return lookAtWalked(view, top, walked);
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** The target of the link `name` in a directory without links in its path; undefined when it is none. */
function targetOf(top: number, walked: readonly string[], name: string): string | undefined {
  try {
    return using(openBelow(top, walked.join("/") || "."), (directory) => readLink(directory, name));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

function lookAtWalked(view: View, top: number, walked: readonly string[]): PathStatus {
  try {
    const parent = openBelow(top, walked.slice(0, -1).join("/") || ".");
    return using(parent, (directory) => {
      const name = walked.at(-1) ?? ".";
      if (statusAt(directory, name) === undefined) return missing(walked);
      return using(pin(directory, name), (file) => found(view, join("/", ...walked), file));
    });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return missing(walked);
    throw error;
  }
}

function missing(names: readonly string[]): PathStatus {
  return { path: join("/", ...names), type: "missing", uid: 0, gid: 0, mode: 0 };
}
