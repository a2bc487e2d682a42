import type { MountFlag, Submount } from "../model/facts.ts";
import { readText } from "../sys/files/files.ts";

export interface MountPoint {
  readonly path: string;
  readonly fileSystem: string;
  /** Of the mount itself: `rw`, `nosuid` … */
  readonly options: readonly string[];
  /** Its number, and its flags, of which the file system itself may have set the first. */
  readonly flags: readonly [id: bigint, flags: readonly MountFlag[]];
}

/** The mounts that a process sees, in the order they were made (proc_pid_mountinfo(5)). */
export function readMountTable(pid: number | "self" = "self"): readonly MountPoint[] {
  return parseMountTable(readText(`/proc/${pid}/mountinfo`));
}

function parseMountTable(text: string): readonly MountPoint[] {
  return text.split("\n").filter(Boolean).map(parseLine);
}

function parseLine(line: string): MountPoint {
  const [mount = "", source = ""] = line.split(" - ");
  const fields = mount.split(" ");
  const [fileSystem = "", , ofFileSystem = ""] = source.split(" ");
  const options = fields[5]!.split(",");
  const isReadOnly = ofFileSystem.split(",").includes("ro");
  const flags = FLAGS.filter((flag) => options.includes(flag) || (flag === "ro" && isReadOnly));
  return { path: unescapeOctal(fields[4]!), fileSystem, options, flags: [BigInt(fields[0]!), flags] };
}

const FLAGS: readonly MountFlag[] = ["ro", "nosuid", "nodev", "noexec"];

/** Blanks and backslashes are written as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Mount points below `root`, parents first; of several on one path the last is the one that is seen. */
export function submountsOf(table: readonly MountPoint[], root: string): readonly Submount[] {
  const prefix = root === "/" ? "/" : `${root}/`;
  const below = new Map<string, Submount>();
  for (const { path, options } of table) {
    if (!path.startsWith(prefix) || path === "/") continue;
    const inside = path.slice(prefix.length - 1);
    below.set(inside, { path: inside, readOnly: options.includes("ro") });
  }
  return [...below.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Those of the host's tree as the copy at `copy` has them; of the tree itself while there is no copy. */
export function submountsOfCopy(table: readonly MountPoint[], copy: string): readonly Submount[] {
  return submountsOf(table, table.some(({ path }) => path === copy) ? copy : "/");
}
