import type { OptionRow } from "./options.ts";
import { type Found, readWords, type Words } from "./words.ts";

/*
 * runc's grammar: Go's flag package (flag.go, parseOne) below urfave/cli, which lets options stand after the container's ID
 * too (v1, reorderArgs; v3, parseFlags). One dash or two, never abbreviated, never together; `-d=false` is possible.
 */

export function readGoOptions(words: readonly string[], rows: readonly OptionRow[], inOrder: boolean): Words {
  return readWords(words, (word) => readFlag(word, rows), inOrder);
}

function readFlag(word: string, rows: readonly OptionRow[]): Found | undefined {
  const [, name = "", value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const row = rows.find((one) => one.name === name || one.short === name);
  if (row === undefined) return undefined;
  if (value === undefined) return row.takes === "value" ? { options: [], wantsValue: row } : { options: [{ row }] };
  return row.takes === "value" || parseGoBoolean(value) !== undefined ? { options: [{ row, value }] } : undefined;
}

/** strconv.ParseBool; undefined for what it refuses. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}
