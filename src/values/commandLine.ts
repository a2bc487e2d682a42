import { FatalValueError, InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { decodeBytes, encodeBytes } from "./escape.ts";
import { parsePath } from "./path.ts";
import { takeBytes } from "./words.ts";

/** One command of ExecStart=. */
export interface Command {
  /** Absolute, or a bare name to look up in the search path. */
  readonly file: string;
  /** argv[0] is `file`, or the word after it with the prefix `@`. */
  readonly argv: readonly string[];
  /** `-`: a failure is a success. */
  readonly mayFail: boolean;
  /** No `:` before it: `$NAME` and `${NAME}` are replaced at the start. */
  readonly expand: boolean;
  readonly privileges: Privileges;
}

/**
 * The privileges of a command: the `service`'s, root's in the sandbox (`!`, "keepUser"), or root's without most of the
 * sandbox (`+`, "full").
 */
export type Privileges = "service" | "keepUser" | "full";

/** One or more commands separated by `;`; later assignments append. */
export const commandLines: Value<readonly Command[]> = {
  syntax: "[@-:+!]COMMAND [ARGUMENT …] [; …]",
  parse: parseCommandLines,
  merge: (earlier, later) => [...earlier, ...later],
};

const PREFIXES = "@-:+!";
/** `!!` has the effect of `!` only on kernels without ambient capabilities, before Linux 4.3. */
const PRIVILEGES = { "": "service", "+": "full", "!": "keepUser", "!!": "service" } as const;

/** @throws InvalidValueError, fatal unless the command may fail, as in systemd */
export function parseCommandLines(text: string, reading: ParseContext): readonly Command[] {
  const commands: Command[] = [];
  let rest: string | undefined = text.trim();
  while (rest !== undefined && rest !== "") {
    const one = parseCommand(rest, reading);
    commands.push(one.command);
    rest = one.rest;
  }
  return commands;
}

interface Parsed {
  readonly command: Command;
  readonly rest: string | undefined;
}

function parseCommand(text: string, reading: ParseContext): Parsed {
  const prefix = readPrefixes(text);
  try {
    return readCommand(text, prefix, reading);
  } catch (error) {
    if (!(error instanceof InvalidValueError) || prefix.includes("-")) throw error;
    throw new FatalValueError(error.found, error.expected);
  }
}

function readCommand(text: string, prefix: string, reading: ParseContext): Parsed {
  const { words, rest } = takeArguments(text.slice(prefix.length));
  const [name = "", ...others] = words.map((word) => reading.expand(word));
  const file = parseProgram(name);
  const argv = prefix.includes("@") ? others : [file, ...others];
  if (argv.length === 0) throw new InvalidValueError(text, "an argv[0] after the program, because of @");
  const privileges = prefix.replace(/[^+!]/g, "") as keyof typeof PRIVILEGES;
  return {
    command: {
      file,
      argv,
      mayFail: prefix.includes("-"),
      expand: !prefix.includes(":"),
      privileges: PRIVILEGES[privileges],
    },
    rest,
  };
}

/** Each prefix once, except `!!`; `+` and `!` exclude each other. */
function readPrefixes(text: string): string {
  let read = "";
  for (const character of text) {
    const twice = read.includes(character) && !(character === "!" && !read.includes("!!"));
    const both = (character === "+" && read.includes("!")) || (character === "!" && read.includes("+"));
    if (!PREFIXES.includes(character) || twice || both) break;
    read += character;
  }
  return read;
}

function parseProgram(name: string): string {
  if (name === "") throw new InvalidValueError(name, "a program");
  if (name.startsWith("/") && !name.endsWith("/")) return parsePath(name);
  if (name.includes("/") || name === "." || name === "..") {
    throw new InvalidValueError(name, "an absolute path or a bare name of a program");
  }
  return name;
}

/** Words up to the word `;`; `\;` is a literal semicolon. */
function takeArguments(text: string): { readonly words: readonly string[]; readonly rest: string | undefined } {
  const words: string[] = [];
  let rest: string | undefined = encodeBytes(text);
  while (rest !== undefined && rest !== "") {
    const semicolon: RegExpExecArray | null = /^(\\?);(?:\s+|$)/.exec(rest);
    if (semicolon !== null) {
      rest = rest.slice(semicolon[0].length);
      if (semicolon[1] === "") return { words, rest: decodeBytes(rest) };
      words.push(";");
      continue;
    }
    const taken = takeBytes(rest, { unquote: true, unescape: true, keepUnknownEscapes: true });
    if (taken === undefined) break;
    words.push(decodeBytes(taken.word));
    rest = taken.rest;
  }
  return { words, rest: undefined };
}
