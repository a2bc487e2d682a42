import { type Option, type ReadOptions, readOptions } from "../console/options.ts";
import { UsageError } from "../console/usage.ts";
import { VERSION } from "../console/version.ts";
import { FAILED, quote } from "../errors.ts";
import { print } from "../sys/process/output.ts";
import { joinWords } from "../values/choice.ts";
import { didYouMean } from "../values/suggestion.ts";
import { type Command, HELP_OPTION } from "./command.ts";
import { formatCommandHelp, formatProgramHelp, usageOf } from "./help.ts";
import { checkOperands } from "./operands.ts";
import { COMMANDS } from "./table.ts";

const USAGE = "Usage: dynuser COMMAND [OPTIONS…]";

/** `dynuser COMMAND …` as people call it; returns the exit code. */
export async function callProgram(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined) return printAndExit(formatProgramHelp(), FAILED);
  if (name === "--version" || name === "-V") return printAndExit(`dynuser ${VERSION}`, 0);
  if (name === "--help" || name === "-h") return printAndExit(formatProgramHelp(), 0);
  if (name === "help") return helpFor(args);
  return callCommand(findCommand(name), [name], args);
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((row) => row.name === name);
  if (command !== undefined) return command;
  const kind = name.startsWith("-") ? "option" : "command";
  const names = [...COMMANDS.map((row) => row.name), "help", "--help", "--version"];
  throw new UsageError([`unknown ${kind} ${quote(name)}${didYouMean(name, names)}`], USAGE);
}

/** `dynuser help state clean` */
function helpFor([name, ...more]: readonly string[]): number | Promise<number> {
  if (name === undefined) return printAndExit(formatProgramHelp(), 0);
  return callCommand(findCommand(name), [name], [...more, "--help"]);
}

/** @param path the words that name the command */
async function callCommand(command: Command, path: readonly string[], args: readonly string[]): Promise<number> {
  const below = subcommandIn(command, args);
  if (below !== undefined) {
    const rest = args.filter((_, index) => index !== below.index);
    return callCommand(below.command, [...path, below.command.name], rest);
  }
  const options = readOptions([...command.options, HELP_OPTION], args, command.takesCommand ? "first" : "anywhere");
  const isOfUnknown = command.load === undefined && options.rest.length > 0;
  if (options.has("help") && !isOfUnknown) return printAndExit(formatCommandHelp(command, path), 0);
  const problems = problemsOfCall(command, options);
  if (problems.length === 0 && command.load !== undefined) return (await command.load())(options);
  const error = new UsageError(problems, usageOf(command, path));
  await command.refuse?.(options, error);
  throw error;
}

/** The first word that is no option, nor the argument of one, may name a command below this one. */
function subcommandIn({ commands = [], options }: Command, args: readonly string[]) {
  const index = args.findIndex((word, at) => !word.startsWith("-") && !wantsArgument(args[at - 1], options));
  const command = commands.find(({ name }) => name === args[index]);
  return command === undefined ? undefined : { command, index };
}

/** Whether the next word is the argument of this one. */
function wantsArgument(word: string | undefined, options: readonly Option[]): boolean {
  if (word === undefined || !word.startsWith("-") || word.includes("=")) return false;
  return options.some(
    ({ name, short, argument }) => argument !== undefined && (word === `--${name}` || word === `-${short}`),
  );
}

function problemsOfCall(command: Command, options: ReadOptions): readonly string[] {
  const { problems, rest } = options;
  if (command.load === undefined) return problemsOfVerb(command.commands ?? [], rest[0]);
  if (problems.length > 0) return problems;
  const names = command.commands?.map(({ name }) => name) ?? [];
  return [
    ...command.options.filter(({ required, name }) => required && !options.has(name)).map(missingOption),
    ...checkOperands(command.operands, rest).map((line) => `${line}${didYouMean(rest[0] ?? "", names)}`),
  ];
}

function missingOption({ name, argument, values }: Option): string {
  return `missing option --${name}: expected ${values === undefined ? argument : joinWords(values)}`;
}

function problemsOfVerb(commands: readonly Command[], word: string | undefined): readonly string[] {
  const names = commands.map(({ name }) => name);
  if (word === undefined) return [`missing subcommand: expected ${joinWords(names)}`];
  return [`unknown subcommand ${quote(word)}: expected ${joinWords(names)}${didYouMean(word, names)}`];
}

function printAndExit(text: string, code: number): number {
  print(text);
  return code;
}
