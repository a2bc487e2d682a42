/** A system call that failed; `code` is the errno's name. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;
  readonly operation: string;
  readonly path: string;

  constructor(code: string, operation: string, path: string) {
    super(`${operation} ${path}: ${code}`);
    this.code = code;
    this.operation = operation;
    this.path = path;
  }
}

/** Whether `error` is a failed system call with this errno, from libc.ts or from node. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Undefined where nothing is, or no more; of /proc, a process that is going. */
export function unlessMissing<T>(read: () => T, ...alsoMissing: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ESRCH", ...alsoMissing)) return undefined;
    throw error;
  }
}
