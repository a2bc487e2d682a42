import type { Value } from "../model/directive.ts";

/** Any text, not interpreted. */
export const text: Value<string> = {
  syntax: "TEXT",
  parse: (found) => found,
};
