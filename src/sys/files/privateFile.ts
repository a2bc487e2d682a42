import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../kernel/callNumbers.ts";
import { AT_FDCWD, tryOpenat } from "../kernel/libc.ts";
import { hasCode } from "../kernel/system.ts";
import { effectiveUser } from "../process/process.ts";
import { using } from "./directory.ts";
import { readRest } from "./files.ts";
import { type FileStatus, readStatusAt } from "./status.ts";
import { replaceFile } from "./write.ts";

/*
 * Files that dynuser writes for itself. Hooks of crun since 1.14 run with umask 0, so the mode comes from the call that makes
 * the file; what another user could have written is not read.
 */

/** What is at `path`, and whether this user alone can have written it. */
export type PrivateText =
  | { readonly kind: "absent" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "foreign"; readonly found: string };

/** Reads a file; one that is no regular file, belongs to another user or is writable by others is `foreign`. */
export function readPrivate(path: string): PrivateText {
  const descriptor = openPrivate(path);
  if (descriptor === undefined) return { kind: "absent" };
  if (descriptor === "link") return { kind: "foreign", found: "a symbolic link" };
  return using(descriptor, () => {
    const status = readStatusAt(descriptor);
    const found = describeForeign(status);
    return found === undefined ? { kind: "text", text: readRest(descriptor, status.size) } : { kind: "foreign", found };
  });
}

/** Puts `content` at `path` in one step, readable and writable by this user alone. */
export function writePrivate(path: string, content: string): void {
  replaceFile(path, content, 0o600);
}

/** Opening a FIFO does not wait for a writer. */
function openPrivate(path: string): number | "link" | undefined {
  try {
    return tryOpenat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, "ELOOP")) return "link";
    throw error;
  }
}

function describeForeign(status: FileStatus): string | undefined {
  if (!status.isFile()) return "no regular file";
  if (status.uid === effectiveUser() && (status.mode & 0o022) === 0) return undefined;
  return `owner ${status.uid}, mode 0${(status.mode & 0o7777).toString(8)}`;
}
