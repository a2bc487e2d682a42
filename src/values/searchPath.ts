import type { Value } from "../model/directive.ts";
import { parsePath, readItems } from "./path.ts";
import { readWords } from "./words.ts";

/** Absolute paths separated by colons; later assignments append. */
export const searchPath: Value<readonly string[]> = {
  syntax: "PATH[:PATH]…",
  parse: (text, reading) => {
    const words = readWords(text, reading, { separators: ":", unquote: true, unescape: true });
    return readItems(words, reading, (word) => parsePath(reading.expand(word)));
  },
  merge: (earlier, later) => [...earlier, ...later],
};
