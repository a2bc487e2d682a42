import { openTrusted, using } from "../../sys/directory.ts";
import { readEntry } from "../../sys/entry.ts";
import { hasCode } from "../../sys/system.ts";
import { walkTree } from "../../sys/tree.ts";
import type { LastingDirectory } from "./directories.ts";

/** What is in a directory; docs/json.md tells it to people. */
export interface MeasuredDirectory extends LastingDirectory {
  /** On disk: 65534 where an ID-mapped mount shows it to its user. */
  readonly owner?: number;
  readonly mode?: string;
  /** Everything below it. */
  readonly entries?: number;
  /** As allocated. */
  readonly bytes?: number;
}

/** One that has gone meanwhile has no numbers. */
export function measure(directory: LastingDirectory): MeasuredDirectory {
  try {
    return { ...directory, ...using(openTrusted(directory.path), count) };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ESTALE")) return directory;
    throw error;
  }
}

function count(top: number): Omit<MeasuredDirectory, keyof LastingDirectory> {
  const { uid, mode, bytes: own } = readEntry(top);
  let [entries, bytes] = [0, own];
  walkTree(top, (_directory, _name, entry) => {
    entries += 1;
    bytes += entry.bytes;
  });
  return { owner: uid, mode: `0${mode.toString(8)}`, entries, bytes };
}
