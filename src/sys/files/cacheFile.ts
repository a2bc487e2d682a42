import { dirname } from "node:path";
import { problemsOf } from "../../errors.ts";
import { formatJson, parseJson } from "../../oci/json.ts";
import { failedCall } from "../failure.ts";
import { ensureDirectory, PRIVATE, PUBLIC } from "./ownDirectory.ts";
import { readPrivate, writePrivate } from "./privateFile.ts";
import { statusOf } from "./status.ts";

/* Files in dynuser's cache directory below /run. They save work; without them it is done again. */

/** The value that `remember` has kept; undefined where there is none, or a damaged one. */
export function recall<T>(path: string): T | undefined {
  return parse(readCache(path));
}

/** As `recall`, of a file whose name says all that its value depends on: one process reads it once. */
export function recallLasting<T>(path: string): T | undefined {
  const text = lasting.get(path) ?? readCache(path);
  const value = parse<T>(text);
  if (text !== undefined && value !== undefined) keepLasting(path, text);
  return value;
}

/** For the next request to a standby process. */
const lasting = new Map<string, string>();
const MOST_LASTING = 32;

/** The one that was asked for the longest time ago makes room. */
function keepLasting(path: string, text: string): void {
  lasting.delete(path);
  lasting.set(path, text);
  if (lasting.size > MOST_LASTING) lasting.delete(lasting.keys().next().value!);
}

function parse<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parseJson(text) as T;
  } catch {
    return undefined;
  }
}

/** @param value what JSON can express, bigints included */
export function remember(path: string, value: unknown): void {
  writeCache(path, formatJson(value));
}

/** Undefined where there is none, and for one that another user could have written. */
export function readCache(path: string): string | undefined {
  const found = readPrivate(path);
  return found.kind === "text" ? found.text : undefined;
}

/** Makes the cache directory too; a cache that cannot be written stops nothing. */
export function writeCache(path: string, content: string): void {
  const parent = dirname(dirname(path));
  try {
    if (statusOf(parent) === undefined) ensureDirectory(parent, PUBLIC);
    ensureDirectory(dirname(path), PRIVATE);
    writePrivate(path, content);
  } catch (error) {
    if (problemsOf(error) === undefined && failedCall(error) === undefined) throw error;
  }
}
