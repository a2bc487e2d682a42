import type { Value } from "../model/directive.ts";
import type { InterfaceRule } from "../model/networkRule.ts";
import { splitWords } from "./words.ts";

export interface InterfaceLine {
  /** It began with `~`. */
  readonly inverted: boolean;
  readonly names: readonly string[];
}

/** RestrictNetworkInterfaces= (config_parse_restrict_network_interfaces, src/core/load-fragment.c). */
export const networkInterfaces: Value<readonly InterfaceLine[]> = {
  syntax: "[~]INTERFACE …",
  parse: (text, { complain }) => {
    const inverted = text.startsWith("~");
    const names = splitWords(inverted ? text.slice(1) : text, {}).filter((name) => {
      if (!isName(name)) complain(name, "the name of a network interface");
      return isName(name);
    });
    return [{ inverted, names }];
  },
  merge: (earlier, later) => [...earlier, ...later],
};

const LONGEST_NAME = 127;

/** ifname_valid_full of systemd, for alternative names too. */
function isName(name: string): boolean {
  const isSpecial = /^\d+$/.test(name) || [".", "..", "all", "default"].includes(name);
  return name.length <= LONGEST_NAME && /^[!-~]+$/.test(name) && !/[:/%]/.test(name) && !isSpecial;
}

/** The first line of an empty list selects its kind; lines of the same kind add, the others remove. */
export function resolveInterfaces(lines: readonly InterfaceLine[]): Omit<InterfaceRule, "kind"> {
  const names = new Set<string>();
  let inverted = false;
  for (const line of lines) {
    if (names.size === 0) inverted = line.inverted;
    for (const name of line.names) {
      if (line.inverted === inverted) names.add(name);
      else names.delete(name);
    }
  }
  return { listed: inverted ? "denied" : "allowed", names: [...names] };
}
