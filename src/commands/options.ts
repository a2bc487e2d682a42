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

/**
 * Reads options up to the first word that is none.
 * @throws UserErrors naming everything that is unknown or incomplete
 */
export function readOptions(command: string, table: readonly Option[], args: readonly string[]): Options {
  const given = new Map<string, string[]>();
  const problems: string[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index]!;
    if (word === "--") {
      index++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    const { option, value } = findOption(table, word);
    if (option === undefined)
      problems.push(`cannot read ${quote(word)}: expected an option of dynuser ${command} --help`);
    else if (option.argument === undefined) {
      if (value !== undefined) problems.push(`cannot read ${quote(word)}: expected ${word.split("=")[0]} alone`);
      note(given, option, "");
    } else if (value !== undefined) note(given, option, value);
    else if (++index < args.length) note(given, option, args[index]!);
    else problems.push(`cannot read ${word}: found nothing after it, expected ${option.argument}`);
  }
  if (problems.length > 0) throw new UserErrors(problems);
  return {
    all: (name) => given.get(name) ?? [],
    get: (name) => given.get(name)?.at(-1),
    has: (name) => given.has(name),
    rest: args.slice(index),
  };
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
