import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * A directory with the same files that every user can reach: itself (also when nothing has been built), or where it lies
 * in a home directory a copy that is gone when this process ends.
 */
export function reachable(directory: string): string {
  if (!existsSync(directory) || canAllEnter(directory)) return directory;
  const copy = mkdtempSync(join(tmpdir(), "dynuser-dist-"));
  process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  chmodSync(copy, 0o755);
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function canAllEnter(directory: string): boolean {
  const isOpen = (statSync(directory).mode & 0o001) !== 0;
  return isOpen && (directory === "/" || canAllEnter(dirname(directory)));
}
