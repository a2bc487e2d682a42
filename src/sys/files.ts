import { basename, dirname } from "node:path";
import { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_PATH, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from "./callNumbers.ts";
import { using } from "./directory.ts";
import { readNames } from "./entry.ts";
import {
  AT_FDCWD,
  chmodat,
  close,
  fchmod,
  fchown,
  fstatfs,
  fsync,
  isWritableAt,
  linkat,
  mknodat,
  nameText,
  openat,
  readInto,
  readlinkat,
  renameat,
  symlinkat,
  touch,
  tryMkdirat,
  tryOpenat,
  tryStatx,
  tryUnlinkat,
  unlinkat,
  write,
} from "./libc.ts";
import { hasCode, SystemError, unlessMissing } from "./system.ts";

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
} from "./callNumbers.ts";

/** Whole files and directories below paths that only root controls. Errors are SystemErrors. */
export function readText(path: string): string {
  return readAll(openat(AT_FDCWD, path, O_RDONLY));
}

/** All of standard input. */
export function readInput(): string {
  return readToEnd(0);
}

/** The content, or undefined when there is no such file (or no such process, below /proc). */
export function tryReadText(path: string): string | undefined {
  const descriptor = tryOpenat(AT_FDCWD, path, O_RDONLY);
  return descriptor === undefined ? undefined : unlessMissing(() => readAll(descriptor));
}

function readAll(descriptor: number): string {
  return using(descriptor, readToEnd);
}

const PART_BYTES = 16384;

function readToEnd(descriptor: number): string {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.allocUnsafe(PART_BYTES);
    const length = readInto(descriptor, part);
    if (length === 0) return (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString();
    parts.push(part.subarray(0, length));
  }
}

/** What one call gives, of a few thousand bytes at most. */
export function readAvailable(descriptor: number): string {
  const part = Buffer.alloc(4096);
  return part.toString("utf8", 0, readInto(descriptor, part));
}

/** Makes a FIFO and opens it for both directions, so that neither opening nor writing waits for another process. */
export function makeFifo(path: string, mode: number): number {
  const S_IFIFO = 0o010000;
  mknodat(AT_FDCWD, path, S_IFIFO | mode, 0);
  return openat(AT_FDCWD, path, O_RDWR);
}

export function writeText(path: string, content: string): void {
  writeWhole(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0o666), content);
}

/** Writes without waiting; a failure is for nobody. */
export function writeInBackground(path: string, content: string): void {
  process.getBuiltinModule("node:fs").writeFile(path, content, () => {});
}

/** Creates `path`; fails with EEXIST when something is there. */
export function createFile(path: string, content: string | Uint8Array, mode: number): void {
  using(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, mode), (descriptor) => {
    fchmod(descriptor, mode);
    writeAll(descriptor, bytesOf(content));
  });
}

/**
 * Puts `content` at `path` in one step, by a temporary file beside it. Not synced to disk: for /run, where no reboot is
 * outlived.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  replacing(path, (temporary) => createFile(temporary, content, mode));
}

/**
 * Puts `content` in the place of an existing file, with its owner and mode, in one step. What a link there leads to is not
 * asked for either.
 * @param outlast what a loss of power is to leave whole: not a bundle, which its engine writes anew for each start
 */
export function rewriteFile(path: string, content: string, outlast?: "power"): void {
  const { mode, uid, gid } = statusOfLink(path) ?? missing(path);
  replacing(path, (temporary) =>
    using(openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600), (descriptor) => {
      fchown(descriptor, uid, gid);
      fchmod(descriptor, mode & 0o777);
      writeAll(descriptor, bytesOf(content));
      if (outlast === "power") fsync(descriptor);
    }),
  );
}

/** Makes `path` a symbolic link to `target` in one step, whatever was there. */
export function replaceLink(path: string, target: string): void {
  replacing(path, (temporary) => symlinkat(target, AT_FDCWD, temporary));
}

/** What a killed process of our number has left of an earlier try goes first. */
function replacing(path: string, make: (temporary: string) => void): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  tryUnlinkat(AT_FDCWD, temporary);
  try {
    make(temporary);
    renameFile(temporary, path);
  } catch (error) {
    tryUnlinkat(AT_FDCWD, temporary);
    throw error;
  }
}

/** Gives the file a second name, replacing what had it. */
export function linkFile(path: string, secondPath: string): void {
  tryUnlinkat(AT_FDCWD, secondPath);
  linkat(AT_FDCWD, path, AT_FDCWD, secondPath);
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

/** Sets its times to now; nothing happens when it is gone. */
export function touchFile(path: string): void {
  try {
    touch(AT_FDCWD, path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
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

/** Paths of the directories in a directory, links left out. */
export function listSubdirectories(path: string): readonly string[] {
  return listDirectory(path)
    .map((name) => `${path}/${name}`)
    .filter((entry) => statusOfLink(entry)?.isDirectory());
}

/** Makes a directory with exactly this mode; false when something is there already. */
export function makeDirectory(path: string, mode: number): boolean {
  if (!tryMkdirat(AT_FDCWD, path, mode)) return false;
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

export interface Status {
  readonly uid: number;
  readonly gid: number;
  /** With the type of the file in it (S_IFMT). */
  readonly mode: number;
  readonly nlink: number;
  readonly ino: number;
  /** As makedev(3) has them. */
  readonly dev: number;
  readonly rdev: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  isDirectory(): boolean;
  isFile(): boolean;
  isCharacterDevice(): boolean;
}

/** What is at `path`, links followed; undefined when nothing is. */
export function statusOf(path: string): Status | undefined {
  const status = tryStatx(AT_FDCWD, path, "followed");
  return status && decodeStatus(status);
}

/** Another text when another file is at `path`, or it has changed. */
export function editionOf(path: string): string {
  const status = statusOf(path);
  return status === undefined ? "none" : `${status.ino}-${status.mtimeMs}-${status.size}`;
}

/** What is at `path`, a link being a link; undefined when nothing is. */
export function statusOfLink(path: string): Status | undefined {
  const status = tryStatx(AT_FDCWD, path, "not followed");
  return status && decodeStatus(status);
}

export function statusOfDescriptor(descriptor: number): Status {
  return decodeStatus(tryStatx(descriptor, "", "followed")!);
}

/** struct statx of linux/stat.h, the same on every architecture. */
function decodeStatus(status: Buffer): Status {
  const mode = status.readUInt16LE(28);
  const isOf = (type: number) => () => (mode & 0o170000) === type;
  return {
    mode,
    nlink: status.readUInt32LE(16),
    uid: status.readUInt32LE(20),
    gid: status.readUInt32LE(24),
    ino: Number(status.readBigUInt64LE(32)),
    size: Number(status.readBigUInt64LE(40)),
    ctimeMs: readTime(status, 96),
    mtimeMs: readTime(status, 112),
    rdev: readDevice(status, 128),
    dev: readDevice(status, 136),
    isDirectory: isOf(0o040000),
    isFile: isOf(0o100000),
    isCharacterDevice: isOf(0o020000),
  };
}

function readTime(status: Buffer, at: number): number {
  return Number(status.readBigInt64LE(at)) * 1000 + status.readUInt32LE(at + 8) / 1e6;
}

function readDevice(status: Buffer, at: number): number {
  const [major, minor] = [status.readUInt32LE(at), status.readUInt32LE(at + 4)];
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** The magic number of the file system there (statfs(2)). */
export function fileSystemOf(path: string): number {
  return using(openat(AT_FDCWD, path, O_PATH), fstatfs).readUInt32LE(0);
}

/** Where a symbolic link points; undefined when there is no link. */
export function readLink(path: string): string | undefined {
  return unlessMissing(() => readlinkat(AT_FDCWD, path).toString(), "EINVAL");
}

/** Whether this process may write there (access(2)). */
export function isWritable(path: string): boolean {
  return isWritableAt(AT_FDCWD, path);
}

/** Adds to the end in one write; the file is made if need be. */
export function appendText(path: string, text: string): void {
  writeWhole(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0o666), text);
}

/** Adds to a file opened with O_APPEND, in one write; one that is cut short is an error. */
export function appendOnce(descriptor: number, text: string, path: string): void {
  const bytes = Buffer.from(text);
  try {
    if (write(descriptor, bytes) < bytes.length) throw new SystemError("ENOSPC", "write", path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SystemError(error.code, "write", path);
  }
}

/** Made if need be and emptied; for a file that the caller names. */
export function openForWriting(path: string): number {
  return openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644);
}

/** Writes all of it and closes the file. */
export function writeWhole(descriptor: number, content: string): void {
  using(descriptor, () => writeAll(descriptor, bytesOf(content)));
}

/** Writes on where a call took only a part. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += write(descriptor, bytes.subarray(written));
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}

/** See open(2), flags as numbers; close-on-exec. */
export function openFile(path: string, flags: number, mode = 0o600): number {
  return openat(AT_FDCWD, path, flags, mode);
}

export function closeFile(descriptor: number): void {
  close(descriptor);
}

function missing(path: string): never {
  throw new SystemError("ENOENT", "stat", path);
}
