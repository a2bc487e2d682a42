import { basename, dirname } from "node:path";
import { openParents, using, usingBelow, usingTrusted } from "../../sys/files/directory.ts";
import { unlinkat } from "../../sys/kernel/fileCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";

/** The way back from one change of the host. */
export interface Undo {
  /** In words, for the case that it fails. */
  readonly what: string;
  run(): void;
}

/** Opens the directory of `BASE/NAME`; what was missing of it is made as 0755 root:root, and removed when it is undone. */
export function makeParents(base: string, name: string, undos: Undo[]): number {
  const made = (path: string) => undos.push(undoDirectory(base, path));
  return usingTrusted(base, (top) => openParents(top, dirname(name), made));
}

/** /var/cache and its like may be missing on a small host. */
export function makeBase(base: string, undos: Undo[]): void {
  try {
    usingTrusted(base, () => {});
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    using(makeParents("/", `${base.slice(1)}/.`, undos), () => {});
  }
}

/** Removes a directory that was made, unless something has been put into it. */
export function undoDirectory(base: string, path: string): Undo {
  const AT_REMOVEDIR = 0x200;
  return { what: `remove ${base}/${path}`, run: () => unlink(base, path, AT_REMOVEDIR) };
}

export function undoLink(base: string, path: string): Undo {
  return { what: `remove ${base}/${path}`, run: () => unlink(base, path, 0) };
}

function unlink(base: string, path: string, flags: number): void {
  try {
    usingTrusted(base, (top) => usingBelow(top, dirname(path), (parent) => unlinkat(parent, basename(path), flags)));
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
  }
}
