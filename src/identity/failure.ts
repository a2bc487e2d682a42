import { UserError } from "../errors.ts";
import { SystemError } from "../sys/system.ts";

/** Runs `use`; a system call that fails becomes a UserError that says what could not be done, and which call it was. */
export function explaining<T>(what: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const reason = failedCall(error);
    throw reason === undefined ? error : new UserError(`cannot ${what}: ${reason}`);
  }
}

/** `ENOSPC from open /run/dynuser/uids/63016`; undefined for anything but a failed system call. */
export function failedCall(error: unknown): string | undefined {
  if (error instanceof SystemError) return tell(error.code, error.operation, error.path);
  if (!isNodeError(error)) return undefined;
  // symlink(2) and rename(2) fail for the place, which node calls dest
  return tell(error.code, error.syscall ?? "a system call", error.dest ?? error.path ?? "");
}

function tell(code: string, operation: string, path: string): string {
  return `the kernel says ${code} to ${operation} ${path}`.trimEnd();
}

interface NodeError extends NodeJS.ErrnoException {
  readonly code: string;
  readonly dest?: string;
}

function isNodeError(error: unknown): error is NodeError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
