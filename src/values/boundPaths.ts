import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { parsePath, readItems } from "./path.ts";
import { rawWords, splitWords } from "./words.ts";

export interface BoundPath {
  /** On the host. */
  readonly source: string;
  /** In the container. */
  readonly path: string;
  readonly optional: boolean;
  /** Includes the mounts below the source. */
  readonly recursive: boolean;
}

const RECURSION: Readonly<Record<string, boolean>> = { "": true, rbind: true, norbind: false };

/** Items separated by blanks, their parts by colons; either can be quoted or escaped (config_parse_bind_paths). */
export const boundPaths: Value<readonly BoundPath[]> = {
  syntax: "[-]SOURCE[:PATH[:rbind | norbind]] …",
  // with their quotes and backslashes, as a colon inside quotes does not separate
  parse: (text, reading) => readItems(rawWords(text, { unquote: true }), reading, parseBoundPath),
  merge: (earlier, later) => [...earlier, ...later],
};

function parseBoundPath(word: string, reading: ParseContext): BoundPath {
  const parts = splitWords(word, { separators: ":", unquote: true, keepEmpty: true });
  const [first, path = "", option = ""] = parts.map((part) => reading.expand(part));
  const recursive = RECURSION[option];
  if (parts.length > 3 || recursive === undefined)
    throw new InvalidValueError(word, "SOURCE:PATH:rbind or SOURCE:PATH:norbind");
  const optional = first!.startsWith("-");
  const source = parsePath(optional ? first!.slice(1) : first!);
  return { source, path: path === "" ? source : parsePath(path), optional, recursive };
}
