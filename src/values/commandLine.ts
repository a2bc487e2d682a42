import type { Reading, Value } from "../directive.ts";
import { BadValue, FatalValue } from "../errors.ts";
import { parsePath } from "./path.ts";
import { takeWord } from "./words.ts";

/** One command of ExecStart=. */
export interface Command {
  /** Absolute, or a bare name to look up in the search path. */
  readonly file: string;
  /** The first one is what the program sees as its own name: `file`, or what `@` says. */
  readonly argv: readonly string[];
  /** `-`: a failure is a success. */
  readonly mayFail: boolean;
  /** No `:` before it: `$NAME` and `${NAME}` are replaced at the start. */
  readonly expand: boolean;
  readonly privileges: Privileges;
}

/**
 * Whose rights a command has: the `service`'s, those of root in its sandbox (`!`, "keepUser"), or of root without most of
 * it (`+`, "full").
 */
export type Privileges = "service" | "keepUser" | "full";

/** One or more commands separated by `;`; later assignments append. */
export const commandLines: Value<readonly Command[]> = {
  syntax: "[@-:+!]COMMAND [ARGUMENT …] [; …]",
  parse: parseCommandLines,
  merge: (earlier, later) => [...earlier, ...later],
};

const PREFIXES = "@-:+!";
/** `!!` asks for `!` only where the kernel has no ambient capabilities, that is before Linux 4.3. */
const PRIVILEGES = { "": "service", "+": "full", "!": "keepUser", "!!": "service" } as const;

/** @throws BadValue, fatal unless the command may fail, as in systemd */
export function parseCommandLines(text: string, reading: Reading): readonly Command[] {
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

function parseCommand(text: string, reading: Reading): Parsed {
  const prefix = readPrefixes(text);
  try {
    return readCommand(text, prefix, reading);
  } catch (error) {
    if (!(error instanceof BadValue) || prefix.includes("-")) throw error;
    throw new FatalValue(error.found, error.expected);
  }
}

function readCommand(text: string, prefix: string, reading: Reading): Parsed {
  const { words, rest } = takeArguments(text.slice(prefix.length));
  const [name = "", ...others] = words.map((word) => reading.expand(word));
  const file = parseProgram(name);
  const argv = prefix.includes("@") ? others : [file, ...others];
  if (argv.length === 0) throw new BadValue(text, "an argv[0] after the program, because of @");
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

/** Each prefix once, but `!!`; `+` and `!` exclude each other. */
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
  if (name === "") throw new BadValue(name, "a program");
  if (name.startsWith("/") && !name.endsWith("/")) return parsePath(name);
  if (name.includes("/") || name === "." || name === "..") {
    throw new BadValue(name, "an absolute path or a bare name of a program");
  }
  return name;
}

/** Words up to a `;` of its own; `\;` is a plain semicolon. */
function takeArguments(text: string): { readonly words: readonly string[]; readonly rest: string | undefined } {
  const words: string[] = [];
  let rest: string | undefined = text;
  while (rest !== undefined && rest !== "") {
    const semicolon: RegExpExecArray | null = /^(\\?);(?:\s+|$)/.exec(rest);
    if (semicolon !== null) {
      rest = rest.slice(semicolon[0].length);
      if (semicolon[1] === "") return { words, rest };
      words.push(";");
      continue;
    }
    const taken = takeWord(rest, { unquote: true, unescape: true, keepUnknownEscapes: true });
    if (taken === undefined) break;
    words.push(taken.word);
    rest = taken.rest;
  }
  return { words, rest: undefined };
}
