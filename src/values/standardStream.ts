import type { Reading, Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { parsePath } from "./path.ts";
import { splitWords } from "./words.ts";

/** Where standard input comes from. */
export type Input =
  | { readonly kind: "null" | "terminal" | "data" }
  | { readonly kind: "socket" | "descriptor" }
  | { readonly kind: "file"; readonly path: string };

/** Where output goes; `inherit` is where standard input comes from, or for errors where output goes. */
export type Output =
  | { readonly kind: "inherit" | "null" | "terminal" | "log" }
  | { readonly kind: "socket" | "descriptor" }
  | { readonly kind: "file"; readonly path: string; readonly mode: "overwrite" | "append" | "truncate" };

const INPUTS: Readonly<Record<string, Input["kind"]>> = {
  null: "null",
  tty: "terminal",
  "tty-force": "terminal",
  "tty-fail": "terminal",
  socket: "socket",
  data: "data",
};

const OUTPUTS: Readonly<Record<string, Output["kind"]>> = {
  inherit: "inherit",
  null: "null",
  tty: "terminal",
  journal: "log",
  kmsg: "log",
  "journal+console": "log",
  "kmsg+console": "log",
  // Since version 246 the same as journal.
  syslog: "log",
  "syslog+console": "log",
  socket: "socket",
};

const FILE_MODES = { "file:": "overwrite", "append:": "append", "truncate:": "truncate" } as const;

export const standardInput: Value<Input> = {
  syntax: "null | tty | tty-force | tty-fail | data | file:PATH | socket | fd[:NAME]",
  parse: (text, reading) => {
    if (isDescriptor(text)) return { kind: "descriptor" };
    if (text.startsWith("file:")) return { kind: "file", path: filePath(text, reading) };
    const kind = Object.hasOwn(INPUTS, text) ? INPUTS[text] : undefined;
    if (kind === undefined) throw new BadValue(text, standardInput.syntax);
    return { kind } as Input;
  },
};

export const standardOutput: Value<Output> = {
  syntax:
    "inherit | null | tty | journal | kmsg | journal+console | kmsg+console | file:PATH | append:PATH | truncate:PATH | socket | fd[:NAME]",
  parse: (text, reading) => {
    if (isDescriptor(text)) return { kind: "descriptor" };
    const prefix = Object.keys(FILE_MODES).find((one) => text.startsWith(one)) as keyof typeof FILE_MODES | undefined;
    if (prefix !== undefined) return { kind: "file", path: filePath(text, reading), mode: FILE_MODES[prefix] };
    const kind = Object.hasOwn(OUTPUTS, text) ? OUTPUTS[text] : undefined;
    if (kind === undefined) throw new BadValue(text, standardOutput.syntax);
    return { kind } as Output;
  },
};

/** One line of text with C escapes and specifiers, and a line feed at its end; later assignments append. */
export const inputText: Value<Buffer> = {
  syntax: "TEXT",
  parse: (text, reading) => {
    const words = splitWords(text, { separators: "", unescape: true, keepUnknownEscapes: true });
    return Buffer.from(`${reading.expand(words.join(""))}\n`);
  },
  merge: (earlier, later) => Buffer.concat([earlier, later]),
};

/** Base64 with blanks in between; later assignments append. */
export const inputData: Value<Buffer> = {
  syntax: "BASE64",
  parse: (text) => {
    const code = text.replaceAll(/\s/g, "");
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(code))
      throw new BadValue(text, "base64");
    return Buffer.from(code, "base64");
  },
  merge: (earlier, later) => Buffer.concat([earlier, later]),
};

function isDescriptor(text: string): boolean {
  return text === "fd" || text.startsWith("fd:");
}

function filePath(text: string, reading: Reading): string {
  return parsePath(reading.expand(text.slice(text.indexOf(":") + 1)));
}
