import { describeCommand, describeProgram } from "./commands/help.ts";
import { readOptions } from "./commands/options.ts";
import { COMMANDS, INTERNAL_COMMANDS } from "./commands/table.ts";
import { VERSION } from "./commands/version.ts";
import { problemsOf, quote, UserError } from "./errors.ts";
import { complain, print } from "./sys/output.ts";

/** Our own failure, as env(1), chroot(1) and podman(1) have it. */
const FAILED = 125;

const HELP = ["--help", "-h", "help"];

// Bytecode knows no await at the top.
main().then((code) => process.exit(code));

async function main(): Promise<number> {
  try {
    return await call(process.argv.slice(2));
  } catch (error) {
    for (const problem of problemsOf(error) ?? [describeBug(error)]) complain(problem);
    return FAILED;
  }
}

async function call([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || HELP.includes(name)) return tell(describeProgram(), name === undefined ? FAILED : 0);
  if (name === "--version") return tell(`dynuser ${VERSION}`, 0);
  const internal = INTERNAL_COMMANDS.find((command) => command.name === name);
  if (internal !== undefined) return (await internal.load())(args);
  return callCommand(name, args);
}

async function callCommand(name: string, args: readonly string[]): Promise<number> {
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

function describeBug(error: unknown): string {
  return `this is a mistake of ours, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}
