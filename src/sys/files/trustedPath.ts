import { join } from "node:path";
import { SystemError } from "../kernel/system.ts";
import { openBelow, openTrusted, readLink, using } from "./directory.ts";
import { readStatusAt } from "./status.ts";

/** The kernel's limit of links in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * A directory by an absolute path of which others may have made parts: links are followed only in directories that only
 * root can write. Fails with ELOOP at any other link.
 */
export function openTrustedPath(path: string): number {
  let current = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = walk(current);
    if (typeof found === "number") return found;
    current = found;
  }
  throw new SystemError("ELOOP", "open", path);
}

/** The directory's descriptor, or the path on which a link leads. */
function walk(path: string): number | string {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  let current = openTrusted("/");
  for (const [index, name] of names.entries()) {
    const target = readLink(current, name);
    if (target !== undefined) {
      const isRoots = using(current, isOnlyRoots);
      if (!isRoots) throw new SystemError("ELOOP", "open", path);
      return join(
        "/",
        target.startsWith("/") ? "" : names.slice(0, index).join("/"),
        target,
        ...names.slice(index + 1),
      );
    }
    current = using(current, (parent) => openBelow(parent, name));
  }
  return current;
}

function isOnlyRoots(directory: number): boolean {
  const { uid, mode } = readStatusAt(directory);
  return uid === 0 && (mode & 0o022) === 0;
}
