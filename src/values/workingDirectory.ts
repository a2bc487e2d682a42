import { FatalValueError, InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { parsePath } from "./path.ts";

export interface WorkingPlace {
  /** Absolute, or `~` for the user's home. */
  readonly path: string;
  /** `-`: a missing directory is not an error. */
  readonly optional: boolean;
}

/** systemd does not load a unit with an invalid path, unless it has the prefix `-`. */
export const workingPlace: Value<WorkingPlace> = {
  syntax: "[-]PATH | [-]~",
  parse: (text, reading) => {
    const optional = text.startsWith("-");
    const rest = optional ? text.slice(1) : text;
    try {
      return { path: rest === "~" ? rest : parsePath(reading.expand(rest)), optional };
    } catch (error) {
      if (optional || !(error instanceof InvalidValueError)) throw error;
      throw new FatalValueError(error.found, error.expected);
    }
  },
};
