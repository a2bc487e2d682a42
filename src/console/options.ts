import { quote } from "../errors.ts";
import { didYouMean } from "../values/suggestion.ts";

/** One option of a command; `--help`, the manual and the completions are made from the same table. */
export interface Option {
  readonly name: string;
  readonly short?: string;
  /** The name of the argument in the help; absent for a switch. */
  readonly argument?: string;
  readonly summary: string;
  readonly required?: true;
  /** The value without the option, for the help and the manual. */
  readonly default?: string;
  /** Values to complete; others may be valid. */
  readonly values?: readonly string[];
  /** The option that it is another name of; the help has that one alone. */
  readonly sameAs?: string;
  /** Accepted for callers of another program, without effect. */
  readonly isIgnored?: true;
}

export interface Given {
  readonly name: string;
  /** Empty for a switch. */
  readonly value: string;
}

export interface Options {
  /** All options in their order. */
  readonly given: readonly Given[];
  /** All arguments given to an option, in their order. */
  all(name: string): readonly string[];
  /** The last one. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** The operands: every word that is no option, and all words after `--`. */
  readonly rest: readonly string[];
}

/** Whether options may stand anywhere, or only before the first operand, which begins a command with options. */
export type OptionOrder = "anywhere" | "first";

export interface ReadOptions extends Options {
  /** One line for each option that is unknown or incomplete. */
  readonly problems: readonly string[];
}

/** Reads options as getopt_long(3) does; `--` ends them. */
export function readOptions(
  table: readonly Option[],
  args: readonly string[],
  order: OptionOrder = "first",
): ReadOptions {
  const reader: Reader = { table, left: args.values(), given: [], problems: [] };
  const rest: string[] = [];
  for (const word of reader.left) {
    if (word === "--") rest.push(...reader.left);
    else if (word.startsWith("--")) readLong(word, reader);
    else if (word.startsWith("-") && word !== "-") readShort(word, reader);
    else rest.push(word, ...(order === "first" ? reader.left : []));
  }
  return { ...optionsOf(reader.given, rest), problems: reader.problems };
}

export function optionsOf(given: readonly Given[], rest: readonly string[]): Options {
  const all = (name: string) => given.filter((one) => one.name === name).map(({ value }) => value);
  return { given, all, get: (name) => all(name).at(-1), has: (name) => all(name).length > 0, rest };
}

interface Reader {
  readonly table: readonly Option[];
  /** Words that are not read yet. */
  readonly left: ArrayIterator<string>;
  readonly given: Given[];
  readonly problems: string[];
}

/** `--name` and `--name=value`. */
function readLong(word: string, reader: Reader): void {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const option = reader.table.find((one) => one.name === name);
  if (option === undefined) {
    const names = reader.table.map((one) => `--${one.name}`);
    reader.problems.push(`unknown option ${oneWord(`--${name}`)}${didYouMean(`--${name}`, names)}`);
  } else if (option.argument !== undefined) readArgument(`--${name}`, option, value, reader);
  else if (value === undefined) reader.given.push({ name, value: "" });
  else reader.problems.push(`cannot read --${name}: found ${quote(value)}, expected no argument`);
}

/** `-n`, `-n value`, `-nvalue`, and several switches in one word. */
function readShort(word: string, reader: Reader): void {
  for (let index = 1; index < word.length; index++) {
    const letter = word[index]!;
    const option = reader.table.find(({ short }) => short === letter);
    if (option === undefined) {
      reader.problems.push(unknownShort(letter, word));
      return;
    }
    if (option.argument !== undefined) {
      readArgument(`-${letter}`, option, word.slice(index + 1) || undefined, reader);
      return;
    }
    reader.given.push({ name: option.name, value: "" });
  }
}

function unknownShort(letter: string, word: string): string {
  return `unknown option ${oneWord(`-${letter}`)}${word.length > 2 ? ` in ${oneWord(word)}` : ""}`;
}

/** The next word, unless the argument is joined to the option; `--` is none, nor is what an unset variable leaves. */
function readArgument(spelling: string, option: Option, joined: string | undefined, reader: Reader): void {
  const value = joined ?? reader.left.next().value;
  const isGiven = value !== undefined && (joined !== undefined || value !== "--");
  if (isGiven && (value !== "" || option.isIgnored)) reader.given.push({ name: option.name, value });
  else if (isGiven) reader.problems.push(`cannot read ${spelling}: found "", expected ${option.argument}`);
  else reader.problems.push(`cannot read ${spelling}: found nothing after it, expected ${option.argument}`);
}

function oneWord(word: string): string {
  return /^[\w-]+$/.test(word) ? word : quote(word);
}

/** The options of a help text, one line each. */
export function describeOptions(table: readonly Option[]): string {
  const rows = table.map((option) => [spellOption(option), withDefault(option)] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`).join("\n");
}

/** `-p, --property NAME=VALUE` */
export function spellOption({ name, short, argument }: Option): string {
  const long = argument === undefined ? `--${name}` : `--${name} ${argument}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function withDefault(option: Option): string {
  if (option.required) return `${option.summary} (required)`;
  return option.default === undefined ? option.summary : `${option.summary} (default: ${option.default})`;
}
