import type { Reading, Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { parsePath, readItems } from "./path.ts";
import { splitWords, takeWord } from "./words.ts";

export interface BoundPath {
  /** On the host. */
  readonly source: string;
  /** In the container. */
  readonly path: string;
  readonly optional: boolean;
  /** Mounts below the source are shown too. */
  readonly recursive: boolean;
}

const RECURSION: Readonly<Record<string, boolean>> = { "": true, rbind: true, norbind: false };

/** Items separated by blanks, their parts by colons; either can be quoted or escaped (config_parse_bind_paths). */
export const boundPaths: Value<readonly BoundPath[]> = {
  syntax: "[-]SOURCE[:PATH[:rbind | norbind]] …",
  parse: (text, reading) => readItems([...rawWords(text)], reading, parseBoundPath),
  merge: (earlier, later) => [...earlier, ...later],
};

/** Words with their quotes and backslashes, as a colon inside quotes does not separate. */
function* rawWords(text: string): Generator<string> {
  for (let left: string | undefined = text; left !== undefined; ) {
    const taken = takeWord(left, { unquote: true });
    if (taken === undefined) return;
    yield left.slice(0, left.length - (taken.rest?.length ?? 0)).trim();
    left = taken.rest;
  }
}

function parseBoundPath(word: string, reading: Reading): BoundPath {
  const parts = splitWords(word, { separators: ":", unquote: true, keepEmpty: true });
  const [first, path = "", option = ""] = parts.map((part) => reading.expand(part));
  const recursive = RECURSION[option];
  if (parts.length > 3 || recursive === undefined) throw new BadValue(word, "SOURCE:PATH:rbind or SOURCE:PATH:norbind");
  const optional = first!.startsWith("-");
  const source = parsePath(optional ? first!.slice(1) : first!);
  return { source, path: path === "" ? source : parsePath(path), optional, recursive };
}
