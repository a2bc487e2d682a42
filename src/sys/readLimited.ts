import { closeSync, constants, openSync, readSync } from "node:fs";
import { quote, UserError } from "../errors.ts";
import { hasCode } from "./system.ts";

const PART_BYTES = 65536;

/**
 * The text of a file, links followed; undefined when there is none.
 * @throws UserError when it is longer than `limitBytes` or no UTF-8
 */
export function readLimited(path: string, limitBytes: number): string | undefined {
  const file = tryOpen(path);
  if (file === undefined) return undefined;
  try {
    return decode(path, readParts(path, file, limitBytes));
  } finally {
    closeSync(file);
  }
}

/** Without waiting for somebody to write into a FIFO. */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new UserError(`cannot read ${quote(path)}: found ${codeOf(error)}, expected a file with text`);
  }
}

function readParts(path: string, file: number, limitBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let total = 0; ; ) {
    const part = Buffer.alloc(PART_BYTES);
    const length = readPart(path, file, part);
    total += length;
    if (length === 0) return Buffer.concat(parts);
    if (total > limitBytes) throw new UserError(`cannot read ${quote(path)}: found more than ${limitBytes} bytes`);
    parts.push(part.subarray(0, length));
  }
}

function readPart(path: string, file: number, part: Buffer): number {
  try {
    return readSync(file, part);
  } catch (error) {
    throw new UserError(`cannot read ${quote(path)}: found ${codeOf(error)}, expected a file with text`);
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`cannot read ${quote(path)}: found bytes that are no UTF-8, expected text`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
