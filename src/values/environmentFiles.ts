import type { Value } from "../model/directive.ts";
import { parsePath } from "./path.ts";

export interface FilePattern {
  /** Absolute; may have the wildcards of glob(7). */
  readonly pattern: string;
  /** `-`: no error when nothing matches. */
  readonly optional: boolean;
}

/** One file or pattern, blanks and all; later assignments append. */
export const filePatterns: Value<readonly FilePattern[]> = {
  syntax: "[-]PATH",
  parse: (text, reading) => {
    const optional = text.startsWith("-");
    return [{ pattern: parsePath(reading.expand(optional ? text.slice(1) : text)), optional }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};
