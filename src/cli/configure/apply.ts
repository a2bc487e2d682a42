import { dirname } from "node:path";
import { makeDirectories, removeFile } from "../../sys/files/files.ts";
import { replaceFile, rewriteFile } from "../../sys/files/write.ts";
import type { FileChange } from "./setup.ts";

/** Writes the changed files; keeps a copy of the administrator's file before its first change. */
export function applyChanges(changes: readonly FileChange[], read: (path: string) => string | undefined): void {
  for (const { path, before, after } of changes) {
    const copy = copyOf(path);
    const isOurs = path.includes("/50-dynuser.");
    if (before !== undefined && !isOurs && read(copy) === undefined) replaceFile(copy, before, 0o644);
    write(path, before, after);
  }
}

/** Removes the copy of a file that has its earlier contents again. */
export function removeCopies(changes: readonly FileChange[], read: (path: string) => string | undefined): void {
  for (const { path } of changes) {
    const copy = read(copyOf(path));
    if (copy !== undefined && copy === read(path)) removeFile(copyOf(path));
  }
}

export function copyOf(path: string): string {
  return `${path}.before-dynuser`;
}

export function revertChanges(changes: readonly FileChange[]): void {
  for (const { path, before, after } of changes.toReversed()) write(path, after, before);
}

function write(path: string, before: string | undefined, after: string | undefined): void {
  if (after === undefined) removeFile(path);
  else if (before !== undefined) rewriteFile(path, after, "power");
  else {
    makeDirectories(dirname(path));
    replaceFile(path, after, 0o644);
  }
}
