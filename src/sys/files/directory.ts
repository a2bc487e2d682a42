import { dirname, relative } from "node:path";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH } from "../kernel/callNumbers.ts";
import { chmodDescriptor, fchownat, readlinkat, tryMkdirat, trySymlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, close, lastErrno, type Name, nameText, openat, tryOpenat } from "../kernel/libc.ts";
import { openat2, tryOpenat2 } from "../kernel/openat2.ts";
import { hasCode, SystemError } from "../kernel/system.ts";
import { isKept } from "../process/umask.ts";

const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const ENOENT = 2;
const BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

/** Runs `use` with a descriptor and closes it in any case. */
export function using<T>(descriptor: number, use: (descriptor: number) => T): T {
  try {
    return use(descriptor);
  } finally {
    close(descriptor);
  }
}

/** A directory that only root can have put there; links on the way are the administrator's and are followed. */
export function openTrusted(path: string): number {
  return openat(AT_FDCWD, path, O_PATH | O_DIRECTORY);
}

/** As `openTrusted`; undefined where nothing is. */
export function tryOpenTrusted(path: string): number | undefined {
  return tryOpenat(AT_FDCWD, path, O_PATH | O_DIRECTORY);
}

/** Runs `use` with a directory as `openTrusted` opens it. */
export function usingTrusted<T>(path: string, use: (directory: number) => T): T {
  if (kept === undefined) return using(openTrusted(path), use);
  const directory = kept.trusted.get(path) ?? openTrusted(path);
  kept.trusted.set(path, directory);
  return use(directory);
}

interface Kept {
  readonly trusted: Map<string, number>;
  /** What one user of directories below them keeps, by its paths. */
  readonly below: Map<object, Map<string, number>>;
}

let kept: Kept | undefined;

/**
 * Runs `act`, in which `usingTrusted` opens each directory once: a start looks into the same few ones a hundred times. `act`
 * mounts nothing and stays in its root and mount namespace.
 */
export function keepingDirectories<T>(act: () => T): T {
  if (kept !== undefined) return act();
  const { trusted, below }: Kept = { trusted: new Map(), below: new Map() };
  kept = { trusted, below };
  try {
    return act();
  } finally {
    kept = undefined;
    for (const directories of [trusted, ...below.values()]) directories.values().forEach(close);
  }
}

/** So that a start that names many of them does not run out of descriptors. */
const MOST_KEPT = 100;

/**
 * Runs `use` with a directory below another one, or with that one itself, without links in its path: `missing` where nothing is there, and undefined where
 * something else is in the way. Within `keepingDirectories` it is opened once for each `owner`, and stays what it was.
 */
export function usingSeen<T>(
  owner: object,
  directory: number,
  path: string,
  use: (below: number | "missing" | undefined) => T,
): T {
  if (path === "") return use(directory);
  const known = kept?.below.get(owner)?.get(path);
  if (known !== undefined) return use(known);
  const opened = tryOpenat2(directory, path, O_PATH | O_DIRECTORY, BENEATH);
  if (opened === undefined) return use(lastErrno() === ENOENT ? "missing" : undefined);
  if (!keepFor(owner, path, opened)) return using(opened, use);
  return use(opened);
}

function keepFor(owner: object, path: string, directory: number): boolean {
  if (kept === undefined) return false;
  const directories = kept.below.get(owner) ?? new Map<string, number>();
  kept.below.set(owner, directories);
  if (directories.size >= MOST_KEPT) return false;
  directories.set(path, directory);
  return true;
}

/** As `using` of `openBelow`. */
export function usingBelow<T>(directory: number, path: string, use: (below: number) => T): T {
  return path === "." ? use(directory) : using(openBelow(directory, path), use);
}

/** A directory below another one; no link at any place. Fails with ELOOP or ENOTDIR where something else is. */
export function openBelow(directory: number, path: Name): number {
  return openat2(directory, path, O_PATH | O_DIRECTORY, BENEATH);
}

/** As `openBelow`, for reading its names; fails with EXDEV where something is mounted. */
export function openToRead(directory: number, path: Name): number {
  return openat2(directory, path, O_DIRECTORY, BENEATH | RESOLVE_NO_XDEV);
}

/** Anything, a link included, pinned without opening it (a FIFO or a device does not notice). */
export function pin(directory: number, name: Name): number {
  return openat(directory, name, O_PATH | O_NOFOLLOW);
}

/** As `pin`, at a path on which no link is followed; undefined where nothing is. */
export function tryPinBelow(directory: number, path: Name): number | undefined {
  return tryOpenat2(directory, path, O_PATH | O_NOFOLLOW, BENEATH, [ENOENT]);
}

/**
 * Opens `path` below `directory`, making what is missing as 0755 root:root. `made` is called for each directory made,
 * outermost first, with its path relative to `directory`.
 */
export function openParents(directory: number, path: string, made: (path: string) => void): number {
  return (
    tryOpenat2(directory, path || ".", O_PATH | O_DIRECTORY, BENEATH, [ENOENT]) ?? makeParents(directory, path, made)
  );
}

function makeParents(directory: number, path: string, made: (path: string) => void): number {
  let current = openBelow(directory, ".");
  const walked: string[] = [];
  for (const name of path.split("/").filter((part) => part !== "" && part !== ".")) {
    walked.push(name);
    current = using(current, (parent) => {
      if (makeDirectory(parent, name, 0o755)) made(walked.join("/"));
      return openBelow(parent, name);
    });
  }
  return current;
}

/** Makes a directory that belongs to root, whatever the umask; false when something is there already. */
export function makeDirectory(parent: number, name: Name, mode: number): boolean {
  if (!tryMkdirat(parent, name, isKept(mode) ? mode : 0o700)) return false;
  if (!isKept(mode)) using(openBelow(parent, name), (directory) => setMode(directory, mode));
  return true;
}

/** Sets owner and group of what the descriptor stands for, or of an entry of that directory, a link being a link. */
export function setOwner(descriptor: number, uid: number, gid: number, name: Name = ""): void {
  fchownat(descriptor, name, uid, gid);
}

export function setMode(descriptor: number, mode: number): void {
  chmodDescriptor(descriptor, mode);
}

/** Makes the link; false when it is there already with this target, EEXIST when something else is there. */
export function makeLink(parent: number, name: Name, target: string): boolean {
  if (trySymlinkat(target, parent, name)) return true;
  if (readLink(parent, name) === target) return false;
  throw new SystemError("EEXIST", "symlink", nameText(name));
}

/** A link's target, undefined when there is no link. */
export function readLink(parent: number, name: Name): string | undefined {
  try {
    return readlinkat(parent, name).toString();
  } catch (error) {
    if (hasCode(error, "EINVAL", "ENOENT")) return undefined;
    throw error;
  }
}

/** The target of a link at `from` that leads to `to`, both absolute: `/var/lib/a/b` → `../private/a/b`. */
export function relativeTarget(from: string, to: string): string {
  return relative(dirname(from), to);
}
