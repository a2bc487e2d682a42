import { FAILED, quote, UserError } from "../errors.ts";
import { print } from "../sys/output.ts";
import { describeCommand, describeProgram } from "./help.ts";
import { readOptions } from "./options.ts";
import { COMMANDS } from "./table.ts";
import { VERSION } from "./version.ts";

const HELP = ["--help", "-h", "help"];

/** `dynuser COMMAND …` as people call it; returns the exit code. */
export async function callProgram(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined || HELP.includes(name)) return tell(describeProgram(), name === undefined ? FAILED : 0);
  if (name === "--version") return tell(`dynuser ${VERSION}`, 0);
  const command = COMMANDS.find((row) => row.name === name);
  if (command === undefined) throw new UserError(`found ${quote(name)}, expected a command of dynuser --help`);
  if (args[0] === "--help" || args[0] === "-h") return tell(describeCommand(command), 0);
  const options = readOptions(name, command.options, args, command.takesCommand ? "first" : "anywhere");
  return (await command.load())(options);
}

function tell(text: string, code: number): number {
  print(text);
  return code;
}
