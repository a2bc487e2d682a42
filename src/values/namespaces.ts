import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readBoolean } from "./boolean.ts";
import { joinWords } from "./choice.ts";
import { splitWords } from "./words.ts";

/** Flags of clone(2). */
export const NAMESPACE_FLAGS = {
  cgroup: 0x0200_0000,
  ipc: 0x0800_0000,
  net: 0x4000_0000,
  mnt: 0x0002_0000,
  pid: 0x2000_0000,
  user: 0x1000_0000,
  uts: 0x0400_0000,
  time: 0x0000_0080,
} as const;

/** systemd's NAMESPACE_FLAGS_ALL, which leaves out time. */
export const ALL_NAMESPACES = 0x7e02_0000;

/** One assignment: all or none, more that may be used, or with `~` fewer. */
export interface NamespaceLine {
  readonly kind: "exactly" | "more" | "fewer";
  readonly flags: number;
}

/** RestrictNamespaces= (config_parse_restrict_namespaces, src/core/load-fragment.c). */
export const namespaces: Value<readonly NamespaceLine[]> = {
  syntax: "yes | no | [~]TYPE…",
  parse: (text) => [parseLine(text)],
  merge: (earlier, later) => [...earlier, ...later],
  within: (value, bound) => (retainedNamespaces(value) & ~retainedNamespaces(bound)) === 0,
};

/** The flags that may be used. */
export function retainedNamespaces(lines: readonly NamespaceLine[]): number {
  let retained: number | undefined;
  for (const { kind, flags } of lines) {
    if (kind === "exactly") retained = flags;
    else if (kind === "more") retained = (retained ?? 0) | flags;
    else retained = (retained ?? ALL_NAMESPACES) & ~flags;
  }
  return retained ?? ALL_NAMESPACES;
}

function parseLine(text: string): NamespaceLine {
  const restricted = readBoolean(text);
  if (restricted !== undefined) return { kind: "exactly", flags: restricted ? 0 : ALL_NAMESPACES };
  const inverted = text.startsWith("~");
  const words = splitWords(inverted ? text.slice(1) : text, {});
  return { kind: inverted ? "fewer" : "more", flags: words.reduce((flags, word) => flags | flagOf(word), 0) };
}

function flagOf(word: string): number {
  if (Object.hasOwn(NAMESPACE_FLAGS, word)) return NAMESPACE_FLAGS[word as keyof typeof NAMESPACE_FLAGS];
  throw new InvalidValueError(word, `yes, no or types of namespaces: ${joinWords(Object.keys(NAMESPACE_FLAGS))}`);
}
