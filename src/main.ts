import { INTERNAL_COMMANDS } from "./commands/internal.ts";
import { FAILED, problemsOf } from "./errors.ts";
import { complain } from "./sys/output.ts";

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

/** What engines call for each container is not to wait for the tables of what people call. */
async function call([name, ...args]: readonly string[]): Promise<number> {
  const internal = INTERNAL_COMMANDS.find((command) => command.name === name);
  if (internal !== undefined) return (await internal.load())(args);
  const { callProgram } = await import("./commands/program.ts");
  return callProgram(name, args);
}

function describeBug(error: unknown): string {
  return `this is a mistake of ours, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}
