import { openTrusted, using } from "../../sys/files/directory.ts";
import { readStatusAt } from "../../sys/files/status.ts";
import { walkTree } from "../../sys/files/tree.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import type { LastingDirectory } from "./directories.ts";

/** A directory with its contents; docs/json.md documents it. */
export interface MeasuredDirectory extends LastingDirectory {
  /** The owner on disk: 65534 where an ID-mapped mount shows it to its user. */
  readonly owner?: number;
  readonly mode?: string;
  /** Everything below it. */
  readonly entries?: number;
  /** Allocated bytes. */
  readonly bytes?: number;
}

/** A directory that has gone meanwhile, or that the caller cannot read, has no numbers. */
export function measure(directory: LastingDirectory): MeasuredDirectory {
  try {
    return { ...directory, ...using(openTrusted(directory.path), count) };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ESTALE", "EACCES", "EPERM")) return directory;
    throw error;
  }
}

function count(top: number): Omit<MeasuredDirectory, keyof LastingDirectory> {
  const { uid, mode, allocated } = readStatusAt(top);
  let [entries, bytes] = [0, allocated];
  walkTree(top, (_directory, _name, entry) => {
    entries += 1;
    bytes += entry.allocated;
  });
  return { owner: uid, mode: `0${mode.toString(8)}`, entries, bytes };
}
