import { toldWhenItFails } from "./commands/failure.ts";
import { INTERNAL_COMMANDS } from "./commands/internal.ts";

// Bytecode knows no await at the top.
toldWhenItFails(() => call(process.argv.slice(2))).then((code) => process.exit(code));

/** What engines call for each container is not to wait for the tables of what people call. */
async function call([name, ...args]: readonly string[]): Promise<number> {
  const internal = INTERNAL_COMMANDS.find((command) => command.name === name);
  if (internal !== undefined) return (await internal.load())(args);
  const { callProgram } = await import("./commands/program.ts");
  return callProgram(name, args);
}
