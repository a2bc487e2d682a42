import type { Reading, Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { parseRelativePath, readItems } from "./path.ts";
import { isAtOrBelow } from "./within.ts";
import { readWords, splitWords } from "./words.ts";

/** One directory of StateDirectory= and its like. */
export interface DirectoryItem {
  /** Relative to /var/lib and its like, simplified. */
  readonly source: string;
  /** Other names of it, relative to the same place. */
  readonly links: readonly string[];
  readonly readOnly: boolean;
}

/** `links: no` where systemd has no links (ConfigurationDirectory=). */
export function directoryList({ links }: { readonly links: "yes" | "no" }): Value<readonly DirectoryItem[]> {
  return {
    syntax: links === "yes" ? "SOURCE[:LINK[:ro]] …" : "SOURCE[::ro] …",
    parse: (text, reading) => {
      // the blanks first, the colons of each word later: only then are escapes replaced
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

function parseItem(word: string, links: "yes" | "no", reading: Reading): DirectoryItem {
  const parts = splitWords(word, { separators: ":", unescape: true, unescapeSeparators: true, keepEmpty: true });
  const [source = "", link = "", flags = "", ...rest] = parts;
  // systemd does not even warn of it, and keeps the item
  if (rest.length > 0) reading.complain(word, "SOURCE, SOURCE:LINK or SOURCE:LINK:ro");
  if (flags !== "" && flags !== "ro") throw new BadValue(word, '"ro" or nothing after the second colon');
  if (link !== "" && links === "no") throw new BadValue(word, "a directory without a link");
  return {
    source: parseName(reading.expand(source)),
    links: link === "" ? [] : [parseName(reading.expand(link))],
    readOnly: flags === "ro",
  };
}

function parseName(text: string): string {
  const name = parseRelativePath(text);
  if (name === "private" || name.startsWith("private/")) throw new BadValue(text, 'a path that is not below "private"');
  return name;
}

/** An item that is there already gets the links and the read-only of the new one. */
function join(items: readonly DirectoryItem[]): readonly DirectoryItem[] {
  return [...Map.groupBy(items, (item) => item.source)].map(([source, group]) => ({
    source,
    links: [...new Set(group.flatMap((item) => item.links))],
    readOnly: group.some((item) => item.readOnly),
  }));
}

export interface SortedItem extends DirectoryItem {
  /** It lies in another one of the list, and so needs no link and no mount of its own. */
  readonly inside: boolean;
}

/** Parents before what is in them, as systemd sorts them (exec_directory_sort). */
export function sortDirectories(items: readonly DirectoryItem[]): readonly SortedItem[] {
  const sorted = items.toSorted((a, b) => compareNames(a.source.split("/"), b.source.split("/")));
  return sorted.map((item, index) => ({
    ...item,
    inside: sorted.slice(0, index).some((other) => item.source.startsWith(`${other.source}/`)),
  }));
}

function compareNames(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((name, index) => name !== b[index]);
  if (differs === -1) return a.length - b.length;
  const other = b[differs];
  if (other === undefined) return 1;
  return Buffer.compare(Buffer.from(a[differs]!), Buffer.from(other));
}
