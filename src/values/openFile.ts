import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { parsePath } from "./path.ts";
import { splitWords } from "./words.ts";

/** A file of the host whose descriptor a service gets. */
export interface OpenFile {
  readonly path: string;
  /** In $LISTEN_FDNAMES. */
  readonly name: string;
  /** `all`: reading and writing. */
  readonly access: "read-only" | "append" | "truncate" | "all";
  /** A failure to open it is no error. */
  readonly isGraceful: boolean;
}

const OPTIONS: readonly string[] = ["read-only", "append", "truncate", "graceful"];
const NAME = /^[!-9;-~ ]{1,255}$/;

/** PATH, NAME (the last part of the path by default) and options; later assignments append. */
export const openFiles: Value<readonly OpenFile[]> = {
  syntax: "PATH[:NAME[:OPTION,…]]",
  parse: (text) => {
    const [path = "", name, options = "", ...more] = splitWords(text, {
      separators: ":",
      unescape: true,
      keepEmpty: true,
    });
    if (more.length > 0) throw new InvalidValueError(text, openFiles.syntax);
    const place = parsePath(path);
    return [
      { path: place, name: parseName(name || place.slice(place.lastIndexOf("/") + 1)), ...parseOptions(options) },
    ];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

function parseName(name: string): string {
  if (!NAME.test(name)) throw new InvalidValueError(name, "a name of 1 to 255 ASCII characters without a colon");
  return name;
}

function parseOptions(text: string): Pick<OpenFile, "access" | "isGraceful"> {
  const options = new Set(text.split(",").filter((option) => option !== ""));
  const unknown = [...options].find((option) => !OPTIONS.includes(option));
  const isGraceful = options.delete("graceful");
  const [access = "all", ...others] = options;
  if (unknown !== undefined || others.length > 0)
    throw new InvalidValueError(unknown ?? text, "one of read-only, append and truncate, or none, and graceful");
  return { access: access as OpenFile["access"], isGraceful };
}
