import { FAILED, problemsOf } from "../errors.ts";
import { complain } from "../sys/output.ts";

/** The exit code of a command; what it throws is told, and makes it fail. */
export async function toldWhenItFails(command: () => number | Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    for (const problem of problemsOf(error) ?? [describeBug(error)]) complain(problem);
    return FAILED;
  }
}

function describeBug(error: unknown): string {
  return `this is a mistake of ours, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}
