import { UserError } from "../errors.ts";
import { errnoText } from "./kernel/errnoText.ts";
import { SystemError } from "./kernel/system.ts";

/** The host differs from what an action needs; `withContext` adds what could not be done. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";

  constructor(found: string, expected: string) {
    super(`found ${found}, expected ${expected}`);
  }
}

/**
 * Runs `use`.
 * @throws UserError `cannot WHAT: REASON` for a mismatch or a system call that fails; anything else as it was thrown
 */
export function withContext<T>(what: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const reason = error instanceof Mismatch ? error.message : failedCall(error);
    throw reason === undefined ? error : new UserError(`cannot ${what}: ${reason}`);
  }
}

/** `open /run/dynuser/uids/63016: No space left on device`; undefined for anything but a failed system call. */
export function failedCall(error: unknown): string | undefined {
  if (error instanceof SystemError) return formatCall(error.operation, error.path, error.code);
  if (!isNodeError(error)) return undefined;
  // symlink(2) and rename(2) fail for the new path, which node calls dest
  return formatCall(error.syscall ?? "system call", error.dest ?? error.path ?? "", error.code);
}

function formatCall(operation: string, path: string, code: string): string {
  return `${`${operation} ${path}`.trimEnd()}: ${errnoText(code)}`;
}

/** The errno of a failed system call in words, `No such file or directory`; the message of any other error. */
export function reasonText(error: unknown): string {
  if (error instanceof SystemError || isNodeError(error)) return errnoText(error.code);
  return error instanceof Error ? error.message : String(error);
}

interface NodeError extends NodeJS.ErrnoException {
  readonly code: string;
  readonly dest?: string;
}

function isNodeError(error: unknown): error is NodeError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
