import type { Access, PathEdit } from "../../model/edit.ts";
import type { FileType } from "../../model/facts.ts";
import type { Mount } from "../../oci/spec.ts";

/**
 * What becomes of one path. The algorithm is systemd's (src/core/namespace.c, sort_and_drop_unused_mounts and
 * apply_mounts), but read-only and noexec are inherited from the nearest entry above that states them, as systemd.exec(5)
 * promises; systemd's own code forgets them for a path that is listed for another reason.
 */
export interface Entry {
  /** In the container, links followed. */
  readonly path: string;
  /** `engine` is a mount that the spec had before us; it counts as a bind that the user asked for. */
  readonly access: Access | "engine";
  /** What the entry says about itself; undefined where it inherits. */
  readonly readOnly: boolean | undefined;
  readonly noExec: boolean | undefined;
  /** ExecPaths= names it, and nothing denies it. */
  readonly isExecutable?: boolean;
  readonly edit?: PathEdit;
  readonly mount?: Mount;
  /** An action makes a directory there, or the runtime one for a mount that another entry has replaced. */
  readonly isMade?: boolean;
  /** What is there before us. */
  readonly type: FileType;
  /** Its permission bits; undefined where they cannot be known. */
  readonly mode?: number | undefined;
}

export type PathKind = Pick<Entry, "type" | "mode">;

/** Component by component, parents before their children (systemd's path_compare): no name has a NUL in it. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return a.replaceAll("/", "\0") < b.replaceAll("/", "\0") ? -1 : 1;
}

/** Entries by their paths, each of which has one. */
export type EntryIndex = ReadonlyMap<string, Entry>;

export function indexOf(entries: readonly Entry[]): EntryIndex {
  return new Map(entries.map((entry) => [entry.path, entry]));
}

const FILLING = new Set<Entry["access"]>([
  "engine",
  "bind",
  "privateTmp",
  "privateDevices",
  "emptyDirectory",
  "kernel",
  "tmpfs",
]);

/** The entry brings files and hides those that the rootfs has there. */
export function fills(entry: Entry): boolean {
  return FILLING.has(entry.access);
}
