import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { parsePath } from "./path.ts";
import { splitWords } from "./words.ts";

/** The source of standard input. */
export type Input =
  | { readonly kind: "null" | "terminal" | "data" }
  | { readonly kind: "socket" }
  | { readonly kind: "descriptor"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** The target of output; `inherit` is standard input, or for errors standard output. */
export type Output =
  | { readonly kind: "inherit" | "null" | "terminal" | "log" }
  | { readonly kind: "socket" }
  | { readonly kind: "descriptor"; readonly name: string }
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
  // The same as journal since systemd 246.
  syslog: "log",
  "syslog+console": "log",
  socket: "socket",
};

const FILE_MODES = { "file:": "overwrite", "append:": "append", "truncate:": "truncate" } as const;

export const standardInput: Value<Input> = {
  syntax: "null | tty | tty-force | tty-fail | data | file:PATH | socket | fd[:NAME]",
  parse: (text, reading) => {
    if (isDescriptor(text)) return descriptorNamed(text, "stdin");
    if (text.startsWith("file:")) return { kind: "file", path: filePath(text, reading) };
    const kind = Object.hasOwn(INPUTS, text) ? INPUTS[text] : undefined;
    if (kind === undefined) throw new InvalidValueError(text, standardInput.syntax);
    return { kind } as Input;
  },
};

const OUTPUT_SYNTAX =
  "inherit | null | tty | journal | kmsg | journal+console | kmsg+console | file:PATH | append:PATH | truncate:PATH | socket | fd[:NAME]";

export const standardOutput: Value<Output> = outputNamed("stdout");
export const standardError: Value<Output> = outputNamed("stderr");

/** @param name of the descriptor that `fd` alone stands for */
function outputNamed(name: string): Value<Output> {
  return { syntax: OUTPUT_SYNTAX, parse: (text, reading) => parseOutput(text, reading, name) };
}

function parseOutput(text: string, reading: ParseContext, name: string): Output {
  if (isDescriptor(text)) return descriptorNamed(text, name);
  const prefix = Object.keys(FILE_MODES).find((one) => text.startsWith(one)) as keyof typeof FILE_MODES | undefined;
  if (prefix !== undefined) return { kind: "file", path: filePath(text, reading), mode: FILE_MODES[prefix] };
  const kind = Object.hasOwn(OUTPUTS, text) ? OUTPUTS[text] : undefined;
  if (kind === undefined) throw new InvalidValueError(text, OUTPUT_SYNTAX);
  return { kind } as Output;
}

/** One line of text with C escapes and specifiers, terminated by a line feed; later assignments append. */
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
      throw new InvalidValueError(text, "base64");
    return Buffer.from(code, "base64");
  },
  merge: (earlier, later) => Buffer.concat([earlier, later]),
};

function isDescriptor(text: string): boolean {
  return text === "fd" || text.startsWith("fd:");
}

/** `fd:` without a name is invalid (src/core/load-fragment.c, config_parse_exec_input). */
function descriptorNamed(text: string, name: string): { readonly kind: "descriptor"; readonly name: string } {
  const given = text.startsWith("fd:") ? text.slice(3) : name;
  if (!/^[!-9;-~ ]{1,255}$/.test(given))
    throw new InvalidValueError(text, "fd:NAME with an ASCII name without a colon");
  return { kind: "descriptor", name: given };
}

function filePath(text: string, reading: ParseContext): string {
  return parsePath(reading.expand(text.slice(text.indexOf(":") + 1)));
}
