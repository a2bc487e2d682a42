import type { Value } from "../directive.ts";
import { BadValue, FatalValue } from "../errors.ts";
import { parsePath } from "./path.ts";

export interface WorkingPlace {
  /** Absolute, or `~` for the user's home. */
  readonly path: string;
  /** `-`: a missing directory is no error. */
  readonly optional: boolean;
}

/** systemd starts no unit where this cannot be read, unless there is a `-`. */
export const workingPlace: Value<WorkingPlace> = {
  syntax: "[-]PATH | [-]~",
  parse: (text, reading) => {
    const optional = text.startsWith("-");
    const rest = optional ? text.slice(1) : text;
    try {
      return { path: rest === "~" ? rest : parsePath(reading.expand(rest)), optional };
    } catch (error) {
      if (optional || !(error instanceof BadValue)) throw error;
      throw new FatalValue(error.found, error.expected);
    }
  },
};
