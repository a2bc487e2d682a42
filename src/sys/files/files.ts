import { dirname } from "node:path";
import { O_DIRECTORY, O_RDONLY } from "../kernel/callNumbers.ts";
import { chmodat, isWritableAt, readlinkat, renameat, tryMkdirat, tryUnlinkat, unlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, close, nameText, openat, readInto, tryOpenat } from "../kernel/libc.ts";
import { hasCode, SystemError, unlessMissing } from "../kernel/system.ts";
import { isKept } from "../process/umask.ts";
import { using } from "./directory.ts";
import { mayHaveName, readDirectoryNames, readNames, readSomeNames } from "./names.ts";
import { statusOf, statusOfLink } from "./status.ts";

export {
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NOCTTY,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../kernel/callNumbers.ts";

/** Whole files and directories below paths that only root controls. Errors are SystemErrors. */
export function readText(path: string): string {
  return readAll(openat(AT_FDCWD, path, O_RDONLY));
}

/** All of standard input. */
export function readInput(): string {
  return readDescriptor(0);
}

/** The content, or undefined when there is no such file (or no such process, below /proc). */
export function tryReadText(path: string): string | undefined {
  const descriptor = tryOpenat(AT_FDCWD, path, O_RDONLY);
  return descriptor === undefined ? undefined : unlessMissing(() => readAll(descriptor));
}

/** As `readText`, of what one read gives whole: a regular file, or one of /proc that is one record (proc_pid_status(5)). */
export function readRecord(path: string): string {
  return using(openat(AT_FDCWD, path, O_RDONLY), readWhole);
}

/** As `readRecord`; undefined when there is no such file or process. */
export function tryReadRecord(path: string): string | undefined {
  const descriptor = tryOpenat(AT_FDCWD, path, O_RDONLY);
  return descriptor === undefined ? undefined : unlessMissing(() => using(descriptor, readWhole));
}

/** No call more finds the end, where the first one has not filled its place. */
function readWhole(descriptor: number): string {
  return readOn(descriptor, (length) => length < FIRST_PART.length);
}

function readAll(descriptor: number): string {
  return using(descriptor, readDescriptor);
}

/** One for all files: to get a new one takes longer than to fill it. */
const FIRST_PART = Buffer.allocUnsafe(16384);

/** All that follows in an open file. */
function readDescriptor(descriptor: number): string {
  return readOn(descriptor, () => false);
}

/** As `readDescriptor`, of a regular file of that size, which has no call more that finds its end. */
export function readRest(descriptor: number, size: number): string {
  return readOn(descriptor, (length) => length === size);
}

function readOn(descriptor: number, isAll: (length: number) => boolean): string {
  let part = FIRST_PART;
  for (let length = 0; ; ) {
    const added = readInto(descriptor, part.subarray(length));
    length += added;
    if (added === 0 || isAll(length)) return part.toString("utf8", 0, length);
    if (length === part.length) part = Buffer.concat([part], 2 * length);
  }
}

/** What one call gives, of a few thousand bytes at most. */
export function readAvailable(descriptor: number): string {
  const part = Buffer.alloc(4096);
  return part.toString("utf8", 0, readInto(descriptor, part));
}

/** Removes a file or a link; false when there was none. */
export function removeFile(path: string): boolean {
  return tryUnlinkat(AT_FDCWD, path);
}

/** Makes a directory and its parents where they are missing. */
export function makeDirectories(path: string): void {
  try {
    if (!tryMkdirat(AT_FDCWD, path, 0o755) && statusOf(path)?.isDirectory() !== true) {
      throw new SystemError("EEXIST", "mkdir", path);
    }
  } catch (error) {
    if (!hasCode(error, "ENOENT") || dirname(path) === path) throw error;
    makeDirectories(dirname(path));
    tryMkdirat(AT_FDCWD, path, 0o755);
  }
}

export function renameFile(from: string, to: string): void {
  renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/** Names of the entries, unsorted; empty when there is no such directory. */
export function listDirectory(path: string): readonly string[] {
  const directory = tryOpenat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (directory === undefined) return [];
  return using(directory, readNames).map(nameText);
}

/** As `listDirectory`, at most so many of them, without those that begin with a dot; others each time. */
export function listSome(path: string, most: number): readonly string[] {
  const directory = tryOpenat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  return directory === undefined ? [] : using(directory, (open) => readSomeNames(open, most)).map(nameText);
}

/** Whether a name in a directory may have `part` in it, which is found out faster than what the names are. */
export function mayContain(path: string, part: string): boolean {
  const directory = tryOpenat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  return directory !== undefined && using(directory, (open) => mayHaveName(open, part));
}

/** Paths of the directories in a directory, links left out. */
export function listSubdirectories(path: string): readonly string[] {
  const directory = tryOpenat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (directory === undefined) return [];
  const names = using(directory, readDirectoryNames).map(nameText);
  return names.map((name) => `${path}/${name}`).filter((entry) => statusOfLink(entry)?.isDirectory());
}

/** Makes a directory with exactly this mode; false when something is there already. */
export function makeDirectory(path: string, mode: number): boolean {
  if (!tryMkdirat(AT_FDCWD, path, mode)) return false;
  if (isKept(mode)) return true;
  try {
    chmodat(AT_FDCWD, path, mode);
  } catch (error) {
    removeEmptyDirectory(path);
    throw error;
  }
  return true;
}

/** Removes an empty directory; false when it is not empty or not there. */
export function removeEmptyDirectory(path: string): boolean {
  const AT_REMOVEDIR = 0x200;
  try {
    unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) return false;
    throw error;
  }
}

/** Where a symbolic link points; undefined when there is no link. */
export function readLink(path: string): string | undefined {
  return unlessMissing(() => readlinkat(AT_FDCWD, path).toString(), "EINVAL");
}

/** Whether this process may write there (access(2)). */
export function isWritable(path: string): boolean {
  return isWritableAt(AT_FDCWD, path);
}

/** See open(2), flags as numbers; close-on-exec. */
export function openFile(path: string, flags: number, mode = 0o600): number {
  return openat(AT_FDCWD, path, flags, mode);
}

/** As `openFile`, of what is there already; undefined where nothing is. */
export function tryOpenFile(path: string, flags: number): number | undefined {
  return tryOpenat(AT_FDCWD, path, flags);
}

export function closeFile(descriptor: number): void {
  close(descriptor);
}

export function missing(path: string): never {
  throw new SystemError("ENOENT", "stat", path);
}
