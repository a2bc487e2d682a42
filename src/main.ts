import { reportErrors } from "./console/failure.ts";
import { INTERNAL_COMMANDS, toAnswer } from "./engine/commands.ts";
import type { Answer } from "./engine/runtime/answer.ts";
import { ownClient } from "./sys/process/client.ts";
import { print } from "./sys/process/output.ts";

// Bytecode knows no await at the top.
reportErrors(() => call(process.argv.slice(2))).then((code) => process.exit(code));

/** What engines call for each container is not to wait for the tables of what people call. */
async function call([name, ...args]: readonly string[]): Promise<number> {
  const internal = INTERNAL_COMMANDS.find((command) => command.name === name);
  if (internal !== undefined) return answer(toAnswer(await (await internal.load())(args, ownClient())));
  const { callProgram } = await import("./cli/program.ts");
  return callProgram(name, args);
}

function answer({ status, line }: Answer): number {
  if (line !== undefined) print(line);
  return status;
}
