import { describeOptions, type Option, spellOption } from "../console/options.ts";
import { isShortcut } from "../run/request/options.ts";
import { type Command, HELP_OPTION } from "./command.ts";
import { COMMANDS } from "./table.ts";

export function formatProgramHelp(): string {
  return [
    "Usage: dynuser COMMAND [OPTIONS…]",
    "",
    "Run containers and commands as systemd runs a service with DynamicUser=yes.",
    "",
    ...inList(COMMANDS),
    "",
    "Run 'dynuser COMMAND --help' for options, 'dynuser --version' for the version.",
  ].join("\n");
}

/** `Usage: dynuser state clean [OPTIONS…] NAME|PATH…` */
export function usageOf({ operands, options, load, commands = [] }: Command, path: readonly string[]): string {
  const words = load === undefined ? [commands.map(({ name }) => name).join("|")] : [];
  return ["Usage: dynuser", ...path, ...words, options.length > 0 ? "[OPTIONS…]" : "", operands]
    .filter(Boolean)
    .join(" ");
}

export function formatCommandHelp(command: Command, path: readonly string[]): string {
  const { summary, commands = [], examples } = command;
  return [
    usageOf(command, path),
    ...(command.load === undefined ? [] : commands.map((below) => usageOf(below, [...path, below.name]))),
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...section("Commands", commands.length > 0 ? inList(commands) : []),
    ...section("Options", describeOptions([...longOptions(command), HELP_OPTION]).split("\n")),
    ...section("Accepted, without effect", ignoredLine(command.options)),
    ...section("Short for -p", shortcutLines(command.options)),
    ...section(
      "Examples",
      examples.map((line) => `  ${line}`),
    ),
  ].join("\n");
}

/** Shortcuts have a list that takes fewer lines. */
function longOptions({ options }: Command): readonly Option[] {
  return options.filter((option) => !isShortcut(option) && !option.isIgnored && !option.sameAs);
}

function ignoredLine(options: readonly Option[]): readonly string[] {
  const ignored = options.filter(({ isIgnored }) => isIgnored);
  return ignored.length === 0 ? [] : [`  ${ignored.map((option) => spellOption(option).trim()).join("  ")}`];
}

/** `-E, --setenv NAME=VALUE: Environment=`, two on each line. */
function shortcutLines(options: readonly Option[]): readonly string[] {
  const cells = options.filter(isShortcut).map((option) => `${spellOption(option)}: ${option.sets}=`);
  const width = Math.max(...cells.map(({ length }) => length));
  return cells.flatMap((cell, index) =>
    index % 2 === 0 ? [`  ${cell.padEnd(width)}  ${cells[index + 1] ?? ""}`.trimEnd()] : [],
  );
}

function inList(commands: readonly Command[]): readonly string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}
