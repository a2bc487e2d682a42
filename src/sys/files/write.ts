import { basename, dirname } from "node:path";
import { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_TRUNC, O_WRONLY } from "../kernel/callNumbers.ts";
import { pwrite, symlinkat, touch, trySymlinkat, tryUnlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, fchmod, fchown, fsync, openat, write } from "../kernel/libc.ts";
import { hasCode, SystemError } from "../kernel/system.ts";
import { isKept } from "../process/umask.ts";
import { using } from "./directory.ts";
import { missing, renameFile } from "./files.ts";
import { statusOfLink } from "./status.ts";

export function writeText(path: string, content: string): void {
  writeWhole(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0o666), content);
}

/** Writes without waiting; a failure is ignored. */
export function writeInBackground(path: string, content: string): void {
  process.getBuiltinModule("node:fs").writeFile(path, content, () => {});
}

/** Creates `path`; fails with EEXIST when something is there. */
export function createFile(path: string, content: string | Uint8Array, mode: number, owner?: Owner): void {
  using(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, mode), (descriptor) => {
    if (owner !== undefined) fchown(descriptor, owner.uid, owner.gid);
    if (!isKept(mode)) fchmod(descriptor, mode);
    writeAll(descriptor, bytesOf(content), path);
  });
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Puts `content` at `path` in one step, by a temporary file beside it. Not synced to disk: for /run, where no reboot is
 * outlived.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number, owner?: Owner): void {
  replacing(path, (temporary) => createFile(temporary, content, mode, owner));
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

/** Makes `path` a symbolic link to `target`; false when something is there. */
export function makeLink(path: string, target: string): boolean {
  return trySymlinkat(target, AT_FDCWD, path);
}

/** Makes `path` a symbolic link to `target` in one step, whatever was there. */
export function replaceLink(path: string, target: string): void {
  if (!makeLink(path, target)) replacing(path, (temporary) => symlinkat(target, AT_FDCWD, temporary));
}

function replacing(path: string, make: (temporary: string) => void): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  try {
    makeNew(temporary, make);
    renameFile(temporary, path);
  } catch (error) {
    tryUnlinkat(AT_FDCWD, temporary);
    throw error;
  }
}

/** What a killed process of our number has left of an earlier try goes first. */
function makeNew(path: string, make: (path: string) => void): void {
  try {
    make(path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    tryUnlinkat(AT_FDCWD, path);
    make(path);
  }
}

/** Waits until a file, or the names in a directory, are on the disk. */
export function syncPath(path: string): void {
  using(openat(AT_FDCWD, path, O_RDONLY), fsync);
}

/** Sets its times to now; nothing happens when it is gone. */
export function touchFile(path: string): void {
  try {
    touch(AT_FDCWD, path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** Adds to the end in one write; the file is made if need be. */
export function appendText(path: string, text: string): void {
  writeWhole(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0o666), text);
}

/** Adds to the end of a file that this user alone can read; it is made if need be. */
export function appendPrivate(path: string, bytes: Uint8Array): void {
  using(openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600), (file) =>
    writeAll(file, bytes, path),
  );
}

export function overwriteWithZeros(path: string, offset: number, length: number): void {
  using(openat(AT_FDCWD, path, O_WRONLY | O_NOFOLLOW), (file) => pwrite(file, Buffer.alloc(length), offset, path));
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
export function writeAll(descriptor: number, bytes: Uint8Array, path = ""): void {
  for (let written = 0; written < bytes.length; ) written += write(descriptor, bytes.subarray(written), path);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}
