import type { Reading, Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { attempt } from "./attempt.ts";
import { readWords } from "./words.ts";

const PATH_MAX = 4096;
const NAME_MAX = 255;

/** One absolute path. */
export const path: Value<string> = {
  syntax: "PATH",
  parse: (text, reading) => parsePath(reading.expand(text)),
};

/** One absolute path, with `-` before it where it may be missing. */
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
  /** `-`: a missing path is no error. */
  readonly optional: boolean;
  /** `+`: relative to the container's root, which ours always are. */
  readonly inRoot: boolean;
}

/** Paths separated by blanks, each with `-` and `+` before it; later assignments append. */
export const pathList: Value<readonly ListedPath[]> = {
  syntax: "[-][+]PATH …",
  parse: (text, reading) => readItems(readWords(text, reading, { unquote: true }), reading, parseListedPath),
  merge: (earlier, later) => [...earlier, ...later],
};

/** The items that `parse` accepts; the others are complained about and left out, as systemd does. */
export function readItems<T>(
  words: readonly string[],
  reading: Reading,
  parse: (word: string, reading: Reading) => T,
): readonly T[] {
  const items: T[] = [];
  for (const word of words) {
    const item = attempt(reading, () => parse(word, reading));
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** `-` comes before `+`, as in systemd. */
export function parseListedPath(word: string, reading: Reading): ListedPath {
  const [, minus, plus, rest] = /^(-?)(\+?)(.*)$/s.exec(word)!;
  return { path: parsePath(reading.expand(rest!)), optional: minus !== "", inRoot: plus !== "" };
}

/**
 * An absolute path, simplified: no `//`, no `/./`, no trailing slash.
 * @throws BadValue for a relative one, one with `..` and one the kernel could not take
 */
export function parsePath(text: string): string {
  if (!text.startsWith("/")) throw new BadValue(text, "an absolute path");
  return `/${components(text).join("/")}`;
}

/**
 * A relative path, simplified in the same way.
 * @throws BadValue also when nothing is left of it
 */
export function parseRelativePath(text: string): string {
  const names = text.startsWith("/") ? [] : components(text);
  if (names.length === 0) throw new BadValue(text, "a relative path");
  return names.join("/");
}

function components(text: string): readonly string[] {
  const names = text.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new BadValue(text, 'a path without ".."');
  if (/[\0-\x1f\x7f]/.test(text)) throw new BadValue(text, "a path without control characters");
  if (Buffer.byteLength(text) >= PATH_MAX) throw new BadValue(text, `a path shorter than ${PATH_MAX} bytes`);
  if (names.some((name) => Buffer.byteLength(name) > NAME_MAX)) {
    throw new BadValue(text, `a path with names up to ${NAME_MAX} bytes`);
  }
  return names;
}
