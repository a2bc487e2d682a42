import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** Permission bits in octal, at most 07777. */
export const mode: Value<number> = {
  syntax: "MODE",
  parse: (text) => {
    const bits = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.POSITIVE_INFINITY;
    if (bits > 0o7777) throw new InvalidValueError(text, "an octal mode up to 7777");
    return bits;
  },
};
