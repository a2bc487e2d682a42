import type { ParseContext } from "../model/directive.ts";
import { didYouMean } from "./suggestion.ts";
import recorded from "./systemCallGroups.json" with { type: "json" };

/** The systemd version of the groups. */
export const GROUPS_OF_SYSTEMD = recorded.systemd;

const GROUPS: Readonly<Record<string, string>> = recorded.groups;

/**
 * Expands words in their order: a call or a group (`@swap`) is added, `!` before it removes it, `&` keeps only its
 * calls. Lists thus stay as short as they are written.
 */
export function expandCalls(words: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (const word of words) {
    const [, operator = "", name = ""] = /^([!&]?)(.*)$/.exec(word)!;
    OPERATORS[operator as keyof typeof OPERATORS](named, callsOf(name));
  }
  return named;
}

const OPERATORS = {
  "": (named: Set<string>, calls: readonly string[]) => {
    for (const call of calls) named.add(call);
  },
  "!": (named: Set<string>, calls: readonly string[]) => {
    for (const call of calls) named.delete(call);
  },
  "&": (named: Set<string>, calls: readonly string[]) => {
    const kept = new Set(calls);
    for (const call of named) if (!kept.has(call)) named.delete(call);
  },
};

/** The calls of a group, nested groups included; a call expands to itself. */
function callsOf(word: string): readonly string[] {
  return word.startsWith("@") ? expandGroup(word) : [word];
}

/** The output of `dynuser directives --syscalls @group`; all groups without an argument, undefined for an unknown one. */
export function callsOfGroup(group: string | undefined): readonly string[] | undefined {
  if (group === undefined) return Object.keys(GROUPS);
  if (!Object.hasOwn(GROUPS, group)) return undefined;
  return [...expandCalls([group])].sort();
}

/** Whether the word is a call or a group; reports others. */
export function isCallOrGroup(word: string, reading: ParseContext, whole = word): boolean {
  if (word.startsWith("@") ? Object.hasOwn(GROUPS, word) : isKnown(word)) return true;
  const kind = word.startsWith("@") ? "a group of system calls" : "a system call";
  const known = word.startsWith("@") ? Object.keys(GROUPS) : [...expandCalls(["@known", "@obsolete"])];
  reading.complain(whole, `${kind} that systemd ${GROUPS_OF_SYSTEMD} knows${didYouMean(word, known)}`);
  return false;
}

function isKnown(call: string): boolean {
  const known = GROUPS["@known"]!;
  return /^\w+$/.test(call) && (contains(known, call) || contains(GROUPS["@obsolete"]!, call));
}

function contains(list: string, word: string): boolean {
  return ` ${list} `.includes(` ${word} `);
}

function expandGroup(group: string): readonly string[] {
  const items = GROUPS[group]?.split(" ") ?? [];
  return items.flatMap((item) => (item.startsWith("@") ? expandGroup(item) : item));
}
