import { join } from "node:path";
import type { Found, MountFlag } from "../facts.ts";
import { O_PATH } from "./callNumbers.ts";
import { openBelow, openTrusted, pin, readLink, using } from "./directory.ts";
import { findEntry, readEntry } from "./entry.ts";
import { AT_FDCWD, fstatfs, readlinkat, tryOpenat2 } from "./libc.ts";
import { hasCode } from "./system.ts";

/** As many as the kernel follows in one path. */
const MAXIMUM_LINKS = 40;

/**
 * What is at `path` when `root` is taken for `/`; the path without links as far as it exists.
 * @param look the same for other paths, which may know them already
 */
export function lookBelow(root: string, path: string, look = (other: string) => lookBelow(root, other)): Found {
  return using(
    openTrusted(root),
    (top) => lookAtExisting(root, top, path) ?? lookAtMissing(top, path, look) ?? lookByComponents(top, path),
  );
}

/** A name that its parent has not; undefined for a link that leads nowhere. */
function lookAtMissing(top: number, path: string, look: (other: string) => Found): Found | undefined {
  const [name = "..", ...above] = names(path).reverse();
  if (name === ".." || above.includes("..")) return undefined;
  const parent = look(`/${above.reverse().join("/")}`);
  const walked = [...names(parent.path), name];
  if (parent.type === "missing") return missing(walked);
  if (parent.type !== "directory") return undefined;
  return hasEntry(top, parent.path, name) ? undefined : missing(walked);
}

/** A parent that has been replaced meanwhile is not vouched for. */
function hasEntry(top: number, parent: string, name: string): boolean {
  try {
    return using(openBelow(top, parent.slice(1) || "."), (directory) => findEntry(directory, name)) !== undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return true;
    throw error;
  }
}

/** The kernel's own answer; undefined where there is none, a link that leads nowhere included. */
function lookAtExisting(root: string, top: number, path: string): Found | undefined {
  const RESOLVE_IN_ROOT = 0x10;
  const opened = tryOpenat2(top, path, O_PATH, RESOLVE_IN_ROOT);
  return opened === undefined ? undefined : using(opened, (file) => found(pathWithin(root, top, file), file));
}

/** The kernel tells a path from our root on; `root` may be one with links. */
function pathWithin(root: string, top: number, file: number): string {
  const path = pathOf(file);
  const above = root === "/" ? "/" : pathOf(top);
  return above === "/" ? path : path.slice(above.length) || "/";
}

function pathOf(descriptor: number): string {
  return readlinkat(AT_FDCWD, `/proc/self/fd/${descriptor}`).toString();
}

function found(path: string, file: number): Found {
  const { type, uid, gid, mode, node, device } = readEntry(file);
  const [major = 0, minor = 0] = device.split(":").map(Number);
  const fileSystemDevice = { type: "b", major, minor } as const;
  return {
    path,
    type,
    uid,
    gid,
    mode,
    ...(node && { device: node }),
    fileSystemDevice,
    mountFlags: readMountFlags(file),
  };
}

/** ST_ flags of statfs(2). */
const MOUNT_FLAGS: readonly (readonly [bigint, MountFlag])[] = [
  [1n, "ro"],
  [2n, "nosuid"],
  [4n, "nodev"],
  [8n, "noexec"],
];

function readMountFlags(file: number): readonly MountFlag[] {
  const flags = fstatfs(file).readBigUInt64LE(80);
  return MOUNT_FLAGS.filter(([bit]) => flags & bit).map(([, flag]) => flag);
}

/** Follows links by hand, so that what is missing has a path without links too. */
function lookByComponents(top: number, path: string): Found {
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
  return lookAtWalked(top, walked);
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

function lookAtWalked(top: number, walked: readonly string[]): Found {
  try {
    const parent = openBelow(top, walked.slice(0, -1).join("/") || ".");
    return using(parent, (directory) => {
      const name = walked.at(-1) ?? ".";
      if (findEntry(directory, name) === undefined) return missing(walked);
      return using(pin(directory, name), (file) => found(join("/", ...walked), file));
    });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return missing(walked);
    throw error;
  }
}

function missing(names: readonly string[]): Found {
  return { path: join("/", ...names), type: "missing", uid: 0, gid: 0, mode: 0 };
}
