import { basename, dirname } from "node:path";
import { quote, UserError } from "../../errors.ts";
import { O_PATH } from "../kernel/callNumbers.ts";
import { AT_FDCWD, tryOpenat } from "../kernel/libc.ts";
import { using } from "./directory.ts";
import { readLink } from "./files.ts";

/**
 * The one spelling that the kernel has of a path: links, `..` and magic links of proc(5) are resolved by opening it, never by
 * looking at its text. What is not there yet keeps its name below the parent that is.
 * @throws UserError for a `..` below something that is not there
 */
export function canonicalPath(path: string): string {
  const pinned = tryOpenat(AT_FDCWD, path, O_PATH);
  if (pinned !== undefined) return using(pinned, (descriptor) => readLink(`/proc/self/fd/${descriptor}`)!);
  const name = basename(path);
  if (name === "..") throw new UserError(`cannot resolve ${quote(path)}: No such file or directory`);
  const parent = canonicalPath(dirname(path));
  return name === "." || name === "" ? parent : `${parent === "/" ? "" : parent}/${name}`;
}

/** As `canonicalPath`, of a file that is itself not followed when it is a link. */
export function canonicalFile(path: string): string {
  return `${canonicalPath(dirname(path))}/${basename(path)}`.replace(/^\/\//, "/");
}
