import { unlinkat } from "../kernel/fileCalls.ts";
import type { Name } from "../kernel/libc.ts";
import { hasCode } from "../kernel/system.ts";
import { openBelow, using } from "./directory.ts";
import type { FileStatus } from "./status.ts";
import { statusAt } from "./status.ts";
import { walkTree } from "./tree.ts";

/**
 * Removes what is at `name` and everything below it. Links are removed, not followed; what is mounted there stays, and
 * what cannot be removed does not keep the rest: the first failure is thrown at the end. A missing name is fine.
 */
export function removeTree(parent: number, name: Name): void {
  const entry = statusAt(parent, name);
  if (entry === undefined) return;
  const failures: unknown[] = [];
  const remove = (directory: number, child: Name, what: FileStatus) => {
    try {
      removeOne(directory, child, what);
    } catch (error) {
      failures.push(error);
    }
  };
  if (entry.type === "directory") using(openBelow(parent, name), (top) => walkTree(top, remove));
  remove(parent, name, entry);
  if (failures.length > 0) throw failures[0];
}

function removeOne(directory: number, name: Name, entry: FileStatus): void {
  const AT_REMOVEDIR = 0x200;
  try {
    unlinkat(directory, name, entry.type === "directory" ? AT_REMOVEDIR : 0);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
