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
  const text = readCache(path);
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
