import { wantsColours } from "../sys/process/output.ts";

/** SGR parameters (ECMA-48). */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = (style: keyof typeof CODES, text: string) => string;

/** Colours for a terminal, plain text for a pipe, a file, or with NO_COLOR. */
export function styleFor(descriptor: 1 | 2): Style {
  if (!wantsColours(descriptor)) return (_, text) => text;
  return (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;
}
