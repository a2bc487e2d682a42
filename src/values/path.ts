import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { attempt } from "./attempt.ts";
import { readWords } from "./words.ts";

const PATH_MAX = 4096;
const NAME_MAX = 255;

/** One absolute path. */
export const path: Value<string> = {
  syntax: "PATH",
  parse: (text, reading) => parsePath(reading.expand(text)),
};

/** One absolute path; the prefix `-` marks it as optional. */
export const optionalPath: Value<{ readonly path: string; readonly optional: boolean }> = {
  syntax: "[-]PATH",
  parse: (text, reading) => {
    const [, minus, place] = /^(-?)(.*)$/s.exec(text)!;
    return { path: parsePath(reading.expand(place!)), optional: minus !== "" };
  },
};

/** A path of a list with its prefixes. */
export interface ListedPath {
  readonly path: string;
  /** `-`: a missing path is not an error. */
  readonly optional: boolean;
}

/** Paths separated by blanks, each with optional prefixes `-` and `+`; later assignments append. */
export const pathList: Value<readonly ListedPath[]> = {
  syntax: "[-][+]PATH …",
  parse: (text, reading) => readItems(readWords(text, reading, { unquote: true }), reading, parseListedPath),
  merge: (earlier, later) => [...earlier, ...later],
};

/** The items that `parse` accepts; others are reported and dropped, as in systemd. */
export function readItems<T>(
  words: readonly string[],
  reading: ParseContext,
  parse: (word: string, reading: ParseContext) => T,
): readonly T[] {
  const items: T[] = [];
  for (const word of words) {
    const item = attempt(reading, () => parse(word, reading));
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** `-` comes before `+`, as in systemd; `+`, relative to the container's root, is the meaning of all paths here. */
function parseListedPath(word: string, reading: ParseContext): ListedPath {
  const [, minus, rest] = /^(-?)\+?(.*)$/s.exec(word)!;
  return { path: parsePath(reading.expand(rest!)), optional: minus !== "" };
}

/**
 * An absolute path, simplified: no `//`, no `/./`, no trailing slash.
 * @throws InvalidValueError for a relative path, one with `..` and one beyond the kernel's limits
 */
export function parsePath(text: string): string {
  if (!text.startsWith("/")) throw new InvalidValueError(text, "an absolute path");
  return `/${components(text).join("/")}`;
}

/**
 * A relative path, simplified in the same way.
 * @throws InvalidValueError also for an empty path
 */
export function parseRelativePath(text: string): string {
  const names = text.startsWith("/") ? [] : components(text);
  if (names.length === 0) throw new InvalidValueError(text, "a relative path");
  return names.join("/");
}

function components(text: string): readonly string[] {
  const names = text.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new InvalidValueError(text, 'a path without ".."');
  if (/[\0-\x1f\x7f]/.test(text)) throw new InvalidValueError(text, "a path without control characters");
  if (Buffer.byteLength(text) >= PATH_MAX) throw new InvalidValueError(text, `a path shorter than ${PATH_MAX} bytes`);
  if (names.some((name) => Buffer.byteLength(name) > NAME_MAX)) {
    throw new InvalidValueError(text, `a path with names up to ${NAME_MAX} bytes`);
  }
  return names;
}
