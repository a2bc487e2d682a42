import { quote, UserError } from "../../errors.ts";
import { Mismatch, reasonText } from "../failure.ts";
import { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from "../kernel/callNumbers.ts";
import { AT_FDCWD, close, openat, readInto } from "../kernel/libc.ts";
import { openat2 } from "../kernel/openat2.ts";
import { hasCode } from "../kernel/system.ts";
import { using, usingTrusted } from "./directory.ts";
import { readStatusAt } from "./status.ts";

const PART_BYTES = 16384;

/**
 * The text of a file, links followed; undefined when there is none.
 * @throws UserError when it is longer than `limitBytes` or no UTF-8
 */
export function readLimited(path: string, limitBytes: number): string | undefined {
  const file = tryOpen(path);
  return file === undefined ? undefined : readWhole(path, file, limitBytes);
}

/**
 * The bytes of a file.
 * @throws UserError when there is none, or when it is longer than `limitBytes`
 */
export function readBytes(path: string, limitBytes: number): Uint8Array {
  const file = tryOpen(path);
  if (file === undefined) throw new UserError(`cannot read ${quote(path)}: found nothing there`);
  try {
    return readParts(path, file, limitBytes);
  } finally {
    close(file);
  }
}

/**
 * As `readLimited`, for a config that root is handed: a name that must not be a link, a FIFO or a device.
 * @throws UserError for anything but a regular file
 */
export function readRegular(path: string, limitBytes: number): string | undefined {
  const file = tryOpenRegular(path);
  return file === undefined ? undefined : readWhole(path, file, limitBytes, "regular");
}

function tryOpenRegular(path: string): number | undefined {
  try {
    return using(openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW), openRegular);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new UserError(`cannot read ${quote(path)}: ${reasonText(error)}`);
  }
}

/** As `readLimited`, of a path that is taken for one below `root`: no link leads out of it. */
export function readLimitedBelow(root: string, path: string, limitBytes: number): string | undefined {
  const file = tryOpenBelow(root, path);
  return file === undefined ? undefined : readWhole(path, file, limitBytes, "regular");
}

function readWhole(path: string, file: number, limitBytes: number, kind: FileKind = "any"): string {
  try {
    return decode(path, readParts(path, file, limitBytes, kind));
  } finally {
    close(file);
  }
}

function tryOpenBelow(root: string, path: string): number | undefined {
  const RESOLVE_NO_MAGICLINKS = 2;
  const RESOLVE_IN_ROOT = 0x10;
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  try {
    return usingTrusted(root, (top) => using(openat2(top, path, O_PATH, resolve), openRegular));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new UserError(`cannot read ${quote(path)} of the container: ${reasonText(error)}, expected a file with text`);
  }
}

/** Opening a device can do something: rewind a tape, arm a watchdog. Only what is pinned and regular is opened. */
function openRegular(pinned: number): number {
  const { type } = readStatusAt(pinned);
  if (type !== "file") throw new Mismatch(`a ${type}`, "a regular file");
  return openat(AT_FDCWD, `/proc/self/fd/${pinned}`, O_RDONLY | O_NOCTTY);
}

/** Without waiting for a writer of a FIFO. */
function tryOpen(path: string): number | undefined {
  try {
    return openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new UserError(`cannot read ${quote(path)}: ${reasonText(error)}, expected a file with text`);
  }
}

/** Of a regular file a part that is not full is the last one. */
type FileKind = "regular" | "any";

function readParts(path: string, file: number, limitBytes: number, kind: FileKind = "any"): Buffer {
  const parts: Buffer[] = [];
  for (let total = 0; ; ) {
    const part = Buffer.allocUnsafe(PART_BYTES);
    const length = readPart(path, file, part);
    total += length;
    if (total > limitBytes) throw new UserError(`cannot read ${quote(path)}: found more than ${limitBytes} bytes`);
    parts.push(part.subarray(0, length));
    if (length === 0 || (kind === "regular" && length < part.length)) return Buffer.concat(parts);
  }
}

function readPart(path: string, file: number, part: Buffer): number {
  try {
    return readInto(file, part);
  } catch (error) {
    throw new UserError(`cannot read ${quote(path)}: ${reasonText(error)}, expected a file with text`);
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`cannot read ${quote(path)}: found bytes that are no UTF-8, expected text`);
  }
}
