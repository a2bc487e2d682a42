import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { parsePath, readItems } from "./path.ts";
import { readWords, takeWord } from "./words.ts";

export interface TemporaryPath {
  readonly path: string;
  /** Flags of mount(8), the last of opposite ones, and options of tmpfs(5) as `NAME=VALUE`. */
  readonly options: readonly string[];
}

/** Items `PATH[:OPTIONS]` separated by blanks (config_parse_temporary_filesystems). */
export const temporaryPaths: Value<readonly TemporaryPath[]> = {
  syntax: "PATH[:OPTION,…] …",
  parse: (text, reading) => readItems(readWords(text, reading, { unquote: true }), reading, parseTemporaryPath),
  merge: (earlier, later) => [...earlier, ...later],
  // what it hides stays hidden
  within: (value, bound) => {
    const kept = new Set(value.map(formatItem));
    return bound.every((one) => kept.has(formatItem(one)));
  },
};

function formatItem({ path, options }: TemporaryPath): string {
  return [path, ...options].join(",");
}

/** Options that runtimes pass to mount(2); they interpret other words, such as `bind` or `tmpcopyup`, themselves. */
const OPPOSITES = [
  ["ro", "rw"],
  ["nosuid", "suid"],
  ["nodev", "dev"],
  ["noexec", "exec"],
  ["noatime", "relatime", "strictatime"],
  ["nodiratime", "diratime"],
] as const;
const FLAGS: ReadonlyMap<string, readonly string[]> = new Map(
  OPPOSITES.flatMap((words) => words.map((word) => [word, words] as const)),
);
const SIZED =
  /^(?:size|nr_blocks|nr_inodes)=\d+[kmg%]?$|^mode=0*[0-7]{1,4}$|^(?:uid|gid)=\d+$|^huge=(?:never|always|within_size|advise)$/i;

function parseTemporaryPath(word: string, reading: ParseContext): TemporaryPath {
  const { word: path = "", rest = "" } = takeWord(word, { separators: ":", keepEmpty: true }) ?? {};
  const options = rest.split(",").filter((option) => option !== "");
  for (const option of options) {
    if (!FLAGS.has(option) && !SIZED.test(option)) {
      throw new InvalidValueError(option, "a flag or an option of tmpfs, such as ro or size=10%");
    }
  }
  const lasting = options.filter((option, i) => !isUndone(option, options.slice(i + 1)));
  return { path: parsePath(reading.expand(path)), options: lasting };
}

function isUndone(option: string, later: readonly string[]): boolean {
  const words = FLAGS.get(option) ?? [];
  return later.some((other) => other !== option && words.includes(other));
}
