import { quote, UserErrors } from "../errors.ts";

/** One option of a command; the table is also what `--help` and the completions are made from. */
export interface Option {
  readonly name: string;
  readonly short?: string;
  /** What the argument is called in the help; absent for a switch. */
  readonly argument?: string;
  readonly summary: string;
}

export interface Options {
  /** All arguments given to an option, in their order. */
  all(name: string): readonly string[];
  /** The last one. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** What is left from the first word on that is no option, or after `--`. */
  readonly rest: readonly string[];
}

/** Whether options may stand anywhere, or only before the first word: what follows is a command with options of its own. */
export type OptionOrder = "anywhere" | "first";

/**
 * Reads options; `--` ends them.
 * @throws UserErrors naming everything that is unknown or incomplete
 */
export function readOptions(
  command: string,
  table: readonly Option[],
  args: readonly string[],
  order: OptionOrder = "first",
): Options {
  const given = new Map<string, string[]>();
  const problems: string[] = [];
  const rest: string[] = [];
  const left = args.values();
  for (const word of left) {
    if (word === "--") rest.push(...left);
    else if (word.startsWith("-") && word !== "-") problems.push(...readOption(command, table, word, left, given));
    else rest.push(word, ...(order === "first" ? left : []));
  }
  if (problems.length > 0) throw new UserErrors(problems);
  return {
    all: (name) => given.get(name) ?? [],
    get: (name) => given.get(name)?.at(-1),
    has: (name) => given.has(name),
    rest,
  };
}

/** Takes the argument from the words that are left, if it is not glued to the option; returns what is wrong. */
function readOption(
  command: string,
  table: readonly Option[],
  word: string,
  left: Iterator<string>,
  given: Map<string, string[]>,
): readonly string[] {
  const { option, value } = findOption(table, word);
  if (option === undefined) return [`cannot read ${quote(word)}: expected an option of dynuser ${command} --help`];
  if (option.argument === undefined) {
    note(given, option, "");
    return value === undefined ? [] : [`cannot read ${quote(word)}: expected ${word.split("=")[0]} alone`];
  }
  const argument = value ?? left.next().value;
  if (argument === undefined) return [`cannot read ${word}: found nothing after it, expected ${option.argument}`];
  note(given, option, argument);
  return [];
}

/** `--name`, `--name=value`, `-n` and `-nvalue`. */
function findOption(table: readonly Option[], word: string): { readonly option?: Option; readonly value?: string } {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(word);
  if (long !== null)
    return match(
      table.find(({ name }) => name === long[1]),
      long[2],
    );
  return match(
    table.find(({ short }) => short === word[1]),
    word.slice(2) || undefined,
  );
}

function match(option: Option | undefined, value: string | undefined) {
  return option === undefined ? {} : { option, ...(value === undefined ? {} : { value }) };
}

function note(given: Map<string, string[]>, option: Option, value: string): void {
  given.set(option.name, [...(given.get(option.name) ?? []), value]);
}

/** The options of a help text, one line each. */
export function describeOptions(table: readonly Option[]): string {
  const rows = table.map(({ name, short, argument, summary }) => {
    const long = argument === undefined ? `--${name}` : `--${name} ${argument}`;
    return [short === undefined ? `    ${long}` : `-${short}, ${long}`, summary] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`).join("\n");
}
