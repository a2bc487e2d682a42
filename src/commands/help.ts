import { describeOptions } from "./options.ts";
import { COMMANDS, type Command } from "./table.ts";

export function describeProgram(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "dynuser gives containers and commands what systemd gives a service with DynamicUser=yes",
    "",
    "Usage: dynuser COMMAND [OPTIONS…]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "dynuser COMMAND --help tells more, dynuser --version which one this is.",
  ].join("\n");
}

export function describeCommand({ name, summary, operands, options }: Command): string {
  const usage = ["Usage: dynuser", name, options.length > 0 ? "[OPTIONS…]" : "", operands].filter(Boolean).join(" ");
  return [usage, "", summary, ...(options.length > 0 ? ["", describeOptions(options)] : [])].join("\n");
}
