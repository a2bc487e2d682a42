import { UserError } from "../../errors.ts";
import { withContext } from "../failure.ts";
import { effectiveUser } from "../process/process.ts";
import { makeDirectory } from "./files.ts";
import { statusOfLink } from "./status.ts";

/** Modes of dynuser's directories. */
export const PRIVATE = 0o700;
/** Files below it are mounted into containers whose root is another user of the host: it can be passed, not listed. */
export const PASSABLE = 0o711;
/** Other programs look there, as systemd-userdbd(8) does in /run/userdb. */
export const PUBLIC = 0o755;

type OwnMode = typeof PRIVATE | typeof PASSABLE | typeof PUBLIC;

/**
 * Makes a directory where dynuser keeps files, whatever the umask.
 * @throws UserError when another user could change it
 */
export function ensureDirectory(path: string, mode: OwnMode): void {
  withContext(`keep files in ${path}`, () => makeOrCheck(path, mode));
}

/** Nearly always it is there, and an error object costs more than a call. */
function makeOrCheck(path: string, mode: OwnMode): void {
  const there = statusOfLink(path);
  if (there === undefined && makeDirectory(path, mode)) return;
  const status = there ?? statusOfLink(path);
  const user = effectiveUser();
  if (status?.isDirectory() && status.uid === user && (status.mode & 0o022) === 0) return;
  const found = status?.isDirectory()
    ? `UID ${status.uid}, mode 0${(status.mode & 0o7777).toString(8)}`
    : "no directory";
  const expected = `a directory that only ${user === 0 ? "root" : `UID ${user}`} can write`;
  throw new UserError(`cannot keep files in ${path}: found ${found}, expected ${expected}`);
}
