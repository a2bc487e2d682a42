import * as fs from "node:fs";
import { basename, dirname } from "node:path";
import { hasCode, SystemError } from "./system.ts";

/** Whole files and directories below paths that only root controls. Errors are node's, with `code` and `path`. */
export function readText(path: string): string {
  return fs.readFileSync(path, "utf8");
}

/** All of standard input. */
export function readInput(): string {
  return fs.readFileSync(0, "utf8");
}

/** The content, or undefined when there is no such file (or no such process, below /proc). */
export function tryReadText(path: string): string | undefined {
  return unlessMissing(() => readText(path));
}

export function writeText(path: string, content: string): void {
  fs.writeFileSync(path, content);
}

/** Writes without waiting; a failure is for nobody. */
export function writeInBackground(path: string, content: string): void {
  fs.writeFile(path, content, () => {});
}

/** Creates `path`; fails with EEXIST when something is there. */
export function createFile(path: string, content: string | Uint8Array, mode: number): void {
  const descriptor = fs.openSync(path, "wx", mode);
  try {
    fs.fchmodSync(descriptor, mode);
    fs.writeFileSync(descriptor, content);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Puts `content` at `path` in one step, by a temporary file beside it. Not synced to disk: for /run, where no reboot is
 * outlived.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  fs.rmSync(temporary, { force: true });
  try {
    createFile(temporary, content, mode);
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Puts `content` in the place of an existing file, with its owner and mode, in one step and on disk. What a link there
 * leads to is not asked for either.
 */
export function rewriteFile(path: string, content: string): void {
  const { mode, uid, gid } = fs.lstatSync(path);
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  fs.rmSync(temporary, { force: true });
  try {
    const descriptor = fs.openSync(temporary, "wx", 0o600);
    try {
      fs.fchownSync(descriptor, uid, gid);
      fs.fchmodSync(descriptor, mode & 0o777);
      fs.writeFileSync(descriptor, content);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives the file a second name, replacing what had it. */
export function linkFile(path: string, secondPath: string): void {
  fs.rmSync(secondPath, { force: true });
  fs.linkSync(path, secondPath);
}

/** Makes `path` a symbolic link to `target` in one step, whatever was there. */
export function replaceLink(path: string, target: string): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  fs.rmSync(temporary, { force: true });
  try {
    fs.symlinkSync(target, temporary);
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a file or a link; false when there was none. */
export function removeFile(path: string): boolean {
  return unlessMissing(() => fs.unlinkSync(path) ?? true) ?? false;
}

/** Makes a directory and its parents where they are missing. */
export function makeDirectories(path: string): void {
  fs.mkdirSync(path, { recursive: true, mode: 0o755 });
}

/** Sets its times to now; nothing happens when it is gone. */
export function touchFile(path: string): void {
  try {
    const now = new Date();
    fs.utimesSync(path, now, now);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

export function renameFile(from: string, to: string): void {
  fs.renameSync(from, to);
}

/** Names of the entries, unsorted; empty when there is no such directory. */
export function listDirectory(path: string): readonly string[] {
  return unlessMissing(() => fs.readdirSync(path)) ?? [];
}

/** Paths of the directories in a directory, links left out. */
export function listSubdirectories(path: string): readonly string[] {
  const entries = unlessMissing(() => fs.readdirSync(path, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${path}/${name}`);
}

/** Makes a directory with exactly this mode; false when something is there already. */
export function makeDirectory(path: string, mode: number): boolean {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
  try {
    fs.chmodSync(path, mode);
  } catch (error) {
    fs.rmdirSync(path);
    throw error;
  }
  return true;
}

/** Removes an empty directory; false when it is not empty or not there. */
export function removeEmptyDirectory(path: string): boolean {
  try {
    fs.rmdirSync(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) return false;
    throw error;
  }
}

export type Status = Pick<
  fs.Stats,
  | "uid"
  | "gid"
  | "mode"
  | "nlink"
  | "ino"
  | "dev"
  | "size"
  | "mtimeMs"
  | "ctimeMs"
  | "isDirectory"
  | "isFile"
  | "isCharacterDevice"
>;

/** What is at `path`, links followed; undefined when nothing is. */
export function statusOf(path: string): Status | undefined {
  return fs.statSync(path, { throwIfNoEntry: false });
}

/** What is at `path`, a link being a link; undefined when nothing is. */
export function statusOfLink(path: string): Status | undefined {
  return fs.lstatSync(path, { throwIfNoEntry: false });
}

export function statusOfDescriptor(descriptor: number): Status {
  return fs.fstatSync(descriptor);
}

/** Where a symbolic link points; undefined when there is no link. */
export function readLink(path: string): string | undefined {
  return unlessMissing(() => fs.readlinkSync(path), "EINVAL");
}

/** Whether this process may write there (access(2)). */
export function isWritable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Adds to the end in one write; the file is made if need be. */
export function appendText(path: string, text: string): void {
  fs.appendFileSync(path, text);
}

/** Adds to a file opened with O_APPEND, in one write; one that is cut short is an error. */
export function appendOnce(descriptor: number, text: string, path: string): void {
  const bytes = Buffer.from(text);
  try {
    if (fs.writeSync(descriptor, bytes) < bytes.length) throw new SystemError("ENOSPC", "write", path);
  } catch (error) {
    // node's error of a descriptor does not know the path
    throw new SystemError(String((error as NodeJS.ErrnoException).code), "write", path);
  }
}

/** Made if need be and emptied; for a file that the caller names. */
export function openForWriting(path: string): number {
  return fs.openSync(path, "w", 0o644);
}

/** Writes all of it and closes the file. */
export function writeWhole(descriptor: number, content: string): void {
  try {
    fs.writeFileSync(descriptor, content);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** See open(2), flags as numbers; close-on-exec. */
export function openFile(path: string, flags: number, mode = 0o600): number {
  return fs.openSync(path, flags, mode);
}

export const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW, O_DIRECTORY, O_NOCTTY } =
  fs.constants;

export function closeFile(descriptor: number): void {
  fs.closeSync(descriptor);
}

function unlessMissing<T>(read: () => T, ...alsoMissing: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ESRCH", ...alsoMissing)) return undefined;
    throw error;
  }
}
