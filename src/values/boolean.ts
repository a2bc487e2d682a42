import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "yes", "y", "true", "t", "on"].map((word) => [word, true] as const),
  ...["0", "no", "n", "false", "f", "off"].map((word) => [word, false] as const),
]);

/** systemd's words for yes and no, whatever their case; undefined when it is neither. */
export function readBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text.toLowerCase());
}

export const boolean: Value<boolean> = {
  syntax: "yes | no",
  parse: (text) => {
    const value = readBoolean(text);
    if (value === undefined) throw new InvalidValueError(text, "yes or no");
    return value;
  },
  within: (value, bound) => value || !bound,
};
