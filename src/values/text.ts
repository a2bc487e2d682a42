import type { Value } from "../directive.ts";

/** Any text; nobody looks into it. */
export const text: Value<string> = {
  syntax: "TEXT",
  parse: (found) => found,
};
