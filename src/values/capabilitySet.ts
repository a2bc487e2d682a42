import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { attempt } from "./attempt.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { readUnsigned } from "./number.ts";
import { didYouMean } from "./suggestion.ts";
import { readWords } from "./words.ts";

/** One assignment; `inverted` by a `~` before the list. */
export interface CapabilityLine {
  readonly inverted: boolean;
  readonly names: readonly string[];
}

/** Assignments in their order (src/core/load-fragment.c, config_parse_capability_set), empty ones included. */
export const capabilityLines: Value<readonly CapabilityLine[]> = {
  syntax: "[~]CAP_NAME …",
  acceptsEmpty: true,
  parse: (text, reading) => {
    const inverted = text.startsWith("~");
    const words = readWords(inverted ? text.slice(1) : text, reading, { unquote: true });
    return [{ inverted, names: words.flatMap((word) => attempt(reading, () => parseName(word)) ?? []) }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

/**
 * The resulting set: the first list, plain or with `~`, replaces the initial set; later lists add, those with `~` remove,
 * and an empty list, or `~` alone, resets.
 */
export function resolveCapabilities(lines: readonly CapabilityLine[], initial: "all" | "none"): ReadonlySet<string> {
  const first: ReadonlySet<string> = new Set(initial === "all" ? CAPABILITIES : []);
  return lines.reduce((set, { inverted, names }) => {
    const listed = new Set(names);
    if (listed.size === 0 || set.size === first.size) return inverted ? ALL.difference(listed) : listed;
    return inverted ? set.difference(listed) : set.union(listed);
  }, first);
}

const ALL: ReadonlySet<string> = new Set(CAPABILITIES);

function parseName(word: string): string {
  const upper = word.toUpperCase();
  const number = readUnsigned(word);
  const found = CAPABILITIES.find((name, index) => name === upper || BigInt(index) === number);
  if (found === undefined) {
    throw new InvalidValueError(word, `a capability like CAP_NET_BIND_SERVICE${didYouMean(word, CAPABILITIES)}`);
  }
  return found;
}
