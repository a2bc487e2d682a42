import type { Reading } from "../directive.ts";
import recorded from "./systemCallGroups.json" with { type: "json" };

/** The version of systemd whose groups these are. */
export const GROUPS_OF_SYSTEMD = recorded.systemd;

const GROUPS: Readonly<Record<string, string>> = recorded.groups;

/**
 * The calls that words name one after the other: a call or a group (`@swap`) adds, `!` before it takes away again, `&`
 * keeps only what is in it. So lists stay as short as people write them.
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

/** The calls of a group, of the groups in it too; of a call the call itself. */
function callsOf(word: string): readonly string[] {
  return word.startsWith("@") ? expandGroup(word) : [word];
}

/** What `dynuser directives --syscalls @group` prints; all groups without a word, undefined when there is none such. */
export function describeGroup(group: string | undefined): readonly string[] | undefined {
  if (group === undefined) return Object.keys(GROUPS);
  if (!Object.hasOwn(GROUPS, group)) return undefined;
  return [...expandCalls([group])].sort();
}

/** A call or a group; complains about any other word. */
export function isCallOrGroup(word: string, reading: Reading, whole = word): boolean {
  if (word.startsWith("@") ? Object.hasOwn(GROUPS, word) : isKnown(word)) return true;
  const kind = word.startsWith("@") ? "a group of system calls" : "a system call";
  reading.complain(whole, `${kind} that systemd ${GROUPS_OF_SYSTEMD} knows`);
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
