import { readText } from "../sys/files.ts";

export interface MountPoint {
  readonly path: string;
  readonly fileSystem: string;
  /** Of the mount itself: `rw`, `nosuid` … */
  readonly options: readonly string[];
}

/** The mounts this process sees, in the order they were made (proc_pid_mountinfo(5)). */
export function readMountTable(): readonly MountPoint[] {
  return parseMountTable(readText("/proc/self/mountinfo"));
}

export function parseMountTable(text: string): readonly MountPoint[] {
  return text.split("\n").filter(Boolean).map(parseLine);
}

function parseLine(line: string): MountPoint {
  const [mount = "", source = ""] = line.split(" - ");
  const fields = mount.split(" ");
  return {
    path: unescapeOctal(fields[4]!),
    fileSystem: source.split(" ")[0]!,
    options: fields[5]!.split(","),
  };
}

/** Blanks and backslashes are written as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
