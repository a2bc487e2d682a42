/** One line of /proc/PID/mountinfo, proc(5). */
export interface MountPoint {
  readonly id: string;
  readonly parent: string;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The directory of the file system that is shown. */
  readonly shown: string;
  readonly path: string;
  readonly options: readonly string[];
  readonly type: string;
  readonly superOptions: readonly string[];
}

export type MountTable = readonly MountPoint[];

export function parseMounts(text: string): MountTable {
  return text.trimEnd().split("\n").map(parseLine);
}

function parseLine(line: string): MountPoint {
  const [before = "", after = ""] = line.split(" - ");
  const [id = "", parent = "", device = "", shown = "", path = "", options = ""] = before.split(" ");
  const [type = "", , superOptions = ""] = after.split(" ");
  return {
    id,
    parent,
    device,
    shown: unquote(shown),
    path: unquote(path),
    options: options.split(","),
    type,
    superOptions: superOptions.split(","),
  };
}

/** Blank, tab, newline and backslash are octal there. */
function unquote(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The mount in which `path` (without links) lies; mounts hidden below others are never found. */
export function mountOf(table: MountTable, path: string): MountPoint {
  const ids = new Set(table.map(({ id }) => id));
  const top = table.find((mount) => mount.path === "/" && !ids.has(mount.parent));
  if (top === undefined) throw new Error("no root mount in the table");
  let current = top;
  for (;;) {
    const below = table.filter(
      (mount) => mount.parent === current.id && mount !== current && contains(mount.path, path),
    );
    // Of several prefixes the shortest one hides the others.
    const next = below.sort((a, b) => a.path.length - b.path.length)[0];
    if (next === undefined) return current;
    current = next;
  }
}

/** The places where something visible is mounted. */
export function mountPaths(table: MountTable): readonly string[] {
  const paths = [...new Set(table.map(({ path }) => path))].sort();
  return paths.filter((path) => mountOf(table, path).path === path);
}

function contains(directory: string, path: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}
