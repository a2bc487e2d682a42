import { UserError } from "../errors.ts";
import { SystemError } from "../sys/system.ts";

/** The host is not as it has to be; whoever knows what it was needed for makes a UserError of it. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";

  constructor(found: string, expected: string) {
    super(`found ${found}, expected ${expected}`);
  }
}

/** Runs `use`; a mismatch or a system call that fails becomes a UserError that says what could not be done. */
export function explaining<T>(what: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new UserError(`cannot ${what}: ${reason}`);
  }
}

/** Undefined for what is a bug, or explained already. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof Mismatch) return error.message;
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const known = REASONS[error.code];
  const operation = error instanceof SystemError ? ` (${error.operation})` : "";
  return known === undefined ? `the kernel says ${error.code}${operation}` : `${known} (${error.code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EBUSY: "something is mounted there",
  EDQUOT: "the quota is used up",
  EEXIST: "something else is there already",
  ELOOP: "found a symbolic link on the way, expected a directory",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENFILE: "too many files are open",
  ENOSPC: "no space is left",
  ENOTDIR: "found something on the way that is no directory",
  EROFS: "the file system is read-only",
  ESTALE: "it was moved while it was in use",
  EXDEV: "it would leave its file system",
};
