import { basename, dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import { O_PATH } from "../kernel/callNumbers.ts";
import { AT_FDCWD, tryOpenat } from "../kernel/libc.ts";
import { using } from "./directory.ts";
import { readLink } from "./files.ts";
import { fileSystemOf, readStatusAt, statusOf, statusOfLink } from "./status.ts";

/**
 * The one spelling that the kernel has of a path: links, `..` and magic links of proc(5) are resolved by opening it, never by
 * looking at its text. What is not there yet keeps its name below the parent that is.
 * @throws UserError for what has no such spelling: a descriptor of another process, a link to nothing, a `..` below nothing
 */
export function canonicalPath(path: string): string {
  const pinned = tryOpenat(AT_FDCWD, path, O_PATH);
  if (pinned !== undefined) return using(pinned, (descriptor) => nameOf(descriptor, path));
  const name = basename(path);
  if (name === "..") throw unresolved(path, "nothing there");
  if (statusOfLink(path) !== undefined) throw unresolved(path, "a link to nothing");
  const parent = canonicalPath(dirname(path));
  if (statusOf(parent) !== undefined && fileSystemOf(parent) === PROC)
    throw unresolved(path, "nothing there for this process");
  return name === "." || name === "" ? parent : `${parent === "/" ? "" : parent}/${name}`;
}

/** As `canonicalPath`, of a file that is itself not followed when it is a link. */
export function canonicalFile(path: string): string {
  return `${canonicalPath(dirname(path))}/${basename(path)}`.replace(/^\/\//, "/");
}

/** PROC_SUPER_MAGIC (linux/magic.h). */
const PROC = 0x9fa0;

/** What is a pipe, deleted or mounted elsewhere has a text in /proc/self/fd too, which does not lead back to it. */
function nameOf(descriptor: number, path: string): string {
  const name = readLink(`/proc/self/fd/${descriptor}`)!;
  if (name.startsWith("/") && statusOf(name)?.identity === readStatusAt(descriptor).identity) return name;
  throw unresolved(path, quote(name));
}

function unresolved(path: string, found: string): UserError {
  return new UserError(`cannot resolve ${quote(path)}: found ${found}, expected a name that every process has for it`);
}
