import { FAILED, problemsOf } from "../errors.ts";
import { failedCall } from "../sys/failure.ts";
import { printError, printErrorLine } from "../sys/process/output.ts";
import { effectiveUser } from "../sys/process/process.ts";
import { UsageError } from "./usage.ts";

/** The exit code of a command; what it throws is printed, and makes it fail. */
export async function reportErrors(command: () => number | Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    for (const problem of problemsOfFailure(error)) printError(problem);
    if (error instanceof UsageError) printErrorLine(error.usage);
    return FAILED;
  }
}

/** The lines to print for anything that was thrown. */
export function problemsOfFailure(error: unknown): readonly string[] {
  return problemsOf(error) ?? [hostProblem(error) ?? formatBug(error)];
}

/** A system call that fails is a condition of the host: no rights, a full disk. Undefined for anything else. */
function hostProblem(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const call = /^E[A-Z0-9]+$/.test(code) ? failedCall(error) : undefined;
  return call && `cannot continue: ${call}${rightsHint(code)}`;
}

function rightsHint(code: string): string {
  if (!["EACCES", "EPERM", "EROFS"].includes(code)) return "";
  return effectiveUser() === 0 ? " (root without the rights: see dynuser doctor)" : ", expected root (try sudo)";
}

function formatBug(error: unknown): string {
  return `internal error, please report: ${error instanceof Error ? error.stack : String(error)}`;
}
