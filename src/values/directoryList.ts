import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { parseRelativePath, readItems } from "./path.ts";
import { isAtOrBelow } from "./within.ts";
import { readWords, splitWords } from "./words.ts";

/** One directory of StateDirectory= and the other four. */
export interface DirectoryItem {
  /** Relative to the base (/var/lib), simplified. */
  readonly source: string;
  /** Symbolic links to it, relative to the same base. */
  readonly links: readonly string[];
  readonly readOnly: boolean;
}

/** `links: no` for ConfigurationDirectory=, which supports no links. */
export function directoryList({ links }: { readonly links: "yes" | "no" }): Value<readonly DirectoryItem[]> {
  return {
    syntax: links === "yes" ? "SOURCE[:LINK[:ro]] …" : "SOURCE[::ro] …",
    parse: (text, reading) => {
      // Escapes are replaced when the words are split at colons.
      const words = readWords(text, reading, { unquote: true, keepEscapes: true });
      const items = readItems(words, reading, (word) => parseItem(word, links, reading));
      return join(items);
    },
    merge: (earlier, later) => join([...earlier, ...later]),
    within: (value, bound) => {
      const places = bound.map(({ source }) => source);
      return value.every(({ source, links }) => [source, ...links].every((name) => isAtOrBelow(name, places)));
    },
  };
}

function parseItem(word: string, links: "yes" | "no", reading: ParseContext): DirectoryItem {
  const parts = splitWords(word, { separators: ":", unescape: true, unescapeSeparators: true, keepEmpty: true });
  const [source = "", link = "", flags = "", ...rest] = parts;
  // systemd keeps the item without a warning.
  if (rest.length > 0) reading.complain(word, "SOURCE, SOURCE:LINK or SOURCE:LINK:ro");
  if (flags !== "" && flags !== "ro") throw new InvalidValueError(word, '"ro" or nothing after the second colon');
  if (link !== "" && links === "no") throw new InvalidValueError(word, "a directory without a link");
  return {
    source: parseName(reading.expand(source)),
    links: link === "" ? [] : [parseName(reading.expand(link))],
    readOnly: flags === "ro",
  };
}

function parseName(text: string): string {
  const name = parseRelativePath(text);
  if (name === "private" || name.startsWith("private/"))
    throw new InvalidValueError(text, 'a path that is not below "private"');
  return name;
}

/** Merges links and the read-only flag into an earlier item with the same source. */
function join(items: readonly DirectoryItem[]): readonly DirectoryItem[] {
  return [...Map.groupBy(items, (item) => item.source)].map(([source, group]) => ({
    source,
    links: [...new Set(group.flatMap((item) => item.links))],
    readOnly: group.some((item) => item.readOnly),
  }));
}

export interface SortedItem extends DirectoryItem {
  /** It lies in another directory of the list, so it needs no link and no mount. */
  readonly inside: boolean;
}

/** Parents first, as systemd sorts them (src/core/execute.c, exec_directory_sort). */
export function sortDirectories(items: readonly DirectoryItem[]): readonly SortedItem[] {
  const sorted = items
    .map((item) => ({ item, names: item.source.split("/") }))
    .sort((a, b) => compareNames(a.names, b.names));
  const sources = new Set(items.map(({ source }) => source));
  return sorted.map(({ item, names }) => ({
    ...item,
    inside: names.some((_, index) => index > 0 && sources.has(names.slice(0, index).join("/"))),
  }));
}

function compareNames(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((name, index) => name !== b[index]);
  if (differs === -1) return a.length - b.length;
  const other = b[differs];
  if (other === undefined) return 1;
  return Buffer.compare(Buffer.from(a[differs]!), Buffer.from(other));
}
