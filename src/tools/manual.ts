import type { Command } from "../cli/command.ts";
import type { Option } from "../console/options.ts";
import type { Directive } from "../model/directive.ts";

/*
 * The parts of the manual pages that follow from tables, in mdoc(7). A page says where by a pair of comments,
 * `.\" BEGIN WHAT` and `.\" END`.
 */

/** Parts by what a page calls them: `commands`, `options run`, `directives`. */
export function manualParts(
  commands: readonly Command[],
  directives: readonly Directive[],
): ReadonlyMap<string, string> {
  return new Map([
    ["commands", commands.map(formatCommand).join("\n")],
    ["directives", directives.map(formatDirective).join("\n")],
    ...commands.map(({ name, options }) => [`options ${name}`, options.map(formatOption).join("\n")] as const),
  ]);
}

/** @throws Error for an unknown part */
export function fillPage(page: string, parts: ReadonlyMap<string, string>): string {
  return page.replace(/^(\.\\" BEGIN (.*)\n)[\s\S]*?^(\.\\" END)$/gm, (_, begin: string, name: string, end: string) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`no part of the manual is called "${name}"`);
    return `${begin}${part}\n${end}`;
  });
}

function formatCommand({ name, operands, summary }: Command): string {
  const words = operands === "" ? "" : ` ${plainText(operands)}`;
  return [`.It Nm Cm ${name}${words}`, `${sentence(summary)}`].join("\n");
}

function formatOption({ name, short, argument, summary }: Option): string {
  const words = argument === undefined ? "" : ` Ar ${plainText(argument)}`;
  const brief = short === undefined ? "" : `Fl ${short}${words} , `;
  return [`.It ${brief}Fl Fl ${name}${words}`, sentence(summary)].join("\n");
}

function formatDirective({ name, value, support, summary, deviation }: Directive): string {
  return [
    `.It Ic ${name}= Ns Ar ${quoteArgument(value.syntax)}`,
    sentence(summary),
    ...(support === "full" ? [] : [".br", `${sentence(`${LABELS[support]}${deviation}`)}`]),
  ].join("\n");
}

const LABELS = { partial: "Differs: ", ignored: "Ignored: ", refused: "Refused: " } as const;

function quoteArgument(text: string): string {
  return `"${plainText(text).replaceAll('"', '""')}"`;
}

/** One sentence on each line, as mdoc(7) recommends. */
function sentence(text: string): string {
  const whole = /[.!?]$/.test(text) ? text : `${text}.`;
  const lines = (whole.charAt(0).toUpperCase() + whole.slice(1)).split(/(?<=[.!?]) (?=[A-Z])/);
  return lines.map(plainText).join("\n");
}

/** Backslashes begin requests, and so do a period and an apostrophe at the start of a line. */
function plainText(text: string): string {
  const words = text.replaceAll("\n", " ").replaceAll("\\", "\\e").replaceAll("…", "...").replaceAll("–", "-");
  return words.replace(/^([.'])/, "\\&$1");
}
