import { join } from "node:path";
import { hasCode } from "../kernel/system.ts";
import { listDirectory } from "./files.ts";
import { statusOfLink } from "./status.ts";

/** What matches an absolute pattern of glob(7), sorted by bytes; names with a leading dot only where the pattern has it. */
export function matchPaths(pattern: string): readonly string[] {
  const names = pattern.split("/").filter((name) => name !== "");
  const found = names.reduce<readonly string[]>(
    (directories, name) => directories.flatMap((directory) => matchName(directory, name)),
    ["/"],
  );
  return [...found].sort();
}

function matchName(directory: string, pattern: string): readonly string[] {
  if (!/[*?[\\]/.test(pattern)) return exists(join(directory, pattern)) ? [join(directory, pattern)] : [];
  const expression = toExpression(pattern);
  return listDirectory(directory)
    .filter((name) => expression.test(name) && (!name.startsWith(".") || pattern.startsWith(".")))
    .map((name) => join(directory, name));
}

function toExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\[([!^]?)(\]?[^\]]*)\]|\*|\?|[^*?[\\]+|./gs, (part, escaped, not, set) => {
    if (escaped !== undefined) return RegExp.escape(escaped);
    if (set !== undefined) return `[${not === "" ? "" : "^"}${set.replace(/[\\\]^[&~]/g, "\\$&")}]`;
    if (part === "*") return "[^]*";
    return part === "?" ? "[^]" : RegExp.escape(part);
  });
  return new RegExp(`^${source}$`, "v");
}

function exists(path: string): boolean {
  try {
    return statusOfLink(path) !== undefined;
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) return false;
    throw error;
  }
}
