import type { Reading } from "../directive.ts";
import recorded from "./systemCallGroups.json" with { type: "json" };

/** The version of systemd whose groups these are. */
export const GROUPS_OF_SYSTEMD = recorded.systemd;

const GROUPS: Readonly<Record<string, string>> = recorded.groups;

/** Every call that systemd knows; in a list of allowed calls those that are not listed are refused by name. */
export function knownCalls(): ReadonlySet<string> {
  return new Set(expandGroup("@known"));
}

/** The calls of a group, of the groups in it too; of a call the call itself. */
export function callsOf(word: string): readonly string[] {
  return word.startsWith("@") ? expandGroup(word) : [word];
}

/** What `dynuser directives --syscalls @group` prints; all groups without a word, undefined when there is none such. */
export function describeGroup(group: string | undefined): readonly string[] | undefined {
  if (group === undefined) return Object.keys(GROUPS);
  if (!Object.hasOwn(GROUPS, group)) return undefined;
  return [...new Set(expandGroup(group))].sort();
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
