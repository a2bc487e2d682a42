import type { Option, OptionRow } from "./options.ts";
import { type Found, readWords, type Words } from "./words.ts";

/*
 * crun's grammar: argp with ARGP_IN_ORDER on getopt_long (glibc, argp/argp-parse.c, posix/getopt.c). Long names may be
 * abbreviated, short ones stand together (`-dt`), a value is the next word or glued on (`-b=B` is the value `=B`, `-bundle`
 * is `undle`), the first operand ends the options.
 */

/** Names that argp adds (argp-parse.c, argp_default_options): they make an abbreviation ambiguous. */
const ARGP_NAMES: readonly string[] = ["program-name", "HANG"];

export function readArgpOptions(words: readonly string[], rows: readonly OptionRow[]): Words {
  const readWord = (word: string) =>
    word.startsWith("--") ? readLong(word.slice(2), rows) : readCluster(word.slice(1), rows);
  return readWords(words, readWord, true);
}

function readLong(text: string, rows: readonly OptionRow[]): Found | undefined {
  const end = text.indexOf("=");
  const row = findLong(end < 0 ? text : text.slice(0, end), rows);
  if (row === undefined) return undefined;
  if (end < 0) return row.takes === "value" ? { options: [], wantsValue: row } : { options: [{ row }] };
  return row.takes === undefined ? undefined : { options: [{ row, value: text.slice(end + 1) }] };
}

function findLong(name: string, rows: readonly OptionRow[]): OptionRow | undefined {
  const names = [...new Set([...rows.map((row) => row.name), ...ARGP_NAMES])].filter((one) => one.startsWith(name));
  const chosen = names.includes(name) ? name : names.length === 1 ? names[0] : undefined;
  return rows.find((row) => row.name === chosen);
}

function readCluster(letters: string, rows: readonly OptionRow[]): Found | undefined {
  const options: Option[] = [];
  for (let index = 0; index < letters.length; index++) {
    const row = rows.find(({ short }) => short === letters[index]);
    if (row === undefined) return undefined;
    const glued = letters.slice(index + 1);
    if (row.takes !== undefined && glued !== "") return { options: [...options, { row, value: glued }] };
    if (row.takes === "value") return { options, wantsValue: row };
    options.push({ row });
  }
  return { options };
}
