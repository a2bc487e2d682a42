import { basename, dirname } from "node:path";
import { readLink, usingBelow, usingTrusted } from "../../sys/files/directory.ts";
import type { FileStatus } from "../../sys/files/status.ts";
import { statusAt } from "../../sys/files/status.ts";
import { renameat } from "../../sys/kernel/fileCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import type { Undo } from "./undo.ts";

/** What is at `BASE/NAME`, undefined when nothing is; no link below the base is followed. */
export function findBelow(base: string, name: string): FileStatus | undefined {
  return withParent(base, name, (parent) => statusAt(parent, basename(name)));
}

/** The target of the link at `BASE/NAME`, undefined when there is none. */
export function findLink(base: string, name: string): string | undefined {
  return withParent(base, name, (parent) => readLink(parent, basename(name)));
}

function withParent<T>(base: string, name: string, use: (parent: number) => T): T | undefined {
  try {
    return usingTrusted(base, (top) => usingBelow(top, dirname(name), use));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Both parents exist. */
export function move(base: string, from: string, to: string, undos: Undo[]): void {
  rename(base, from, to);
  undos.push({ what: `move ${base}/${to} back to ${base}/${from}`, run: () => rename(base, to, from) });
}

function rename(base: string, from: string, to: string): void {
  usingTrusted(base, (top) =>
    usingBelow(top, dirname(from), (source) =>
      usingBelow(top, dirname(to), (target) => renameat(source, basename(from), target, basename(to))),
    ),
  );
}
