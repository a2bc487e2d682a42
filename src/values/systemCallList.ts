import type { ParseContext, Value } from "../model/directive.ts";
import { readErrno } from "./errno.ts";
import { isCallOrGroup } from "./systemCalls.ts";
import { readWords } from "./words.ts";

/** The action for a call in place of the list's default; `kill` kills the process. */
export type SyscallAction = number | "kill";

/** One assignment. */
export interface CallLine {
  /** It began with `~`. */
  readonly inverted: boolean;
  readonly items: readonly CallItem[];
}

export interface CallItem {
  /** A call or a group. */
  readonly word: string;
  readonly answer?: SyscallAction;
}

/** The assignments in their order, as the first line selects the type of list. */
export type CallLines = readonly CallLine[];

export interface CallList {
  /** `listed`: the first line had no `~`. */
  readonly polarity: "listed" | "unlisted";
  /** The listed calls for `expandCalls` by their action; undefined is the list's default. */
  readonly named: ReadonlyMap<SyscallAction | undefined, readonly string[]>;
  /** All other calls that systemd knows, for an allow-list. */
  readonly others: readonly string[];
}

/** SystemCallFilter= (config_parse_syscall_filter, src/core/load-fragment.c). */
export const systemCallFilter: Value<CallLines> = {
  syntax: "[~]CALL[:ERRNO]|@GROUP[:ERRNO]…",
  parse: (text, reading) => [parseLine(text, (word, inverted) => readItem(word, inverted, reading), reading)],
  merge: (earlier, later) => [...earlier, ...later],
};

/** SystemCallLog= */
export const systemCallLog: Value<CallLines> = {
  syntax: "[~]CALL|@GROUP…",
  parse: (text, reading) => [parseLine(text, (word) => readPlainItem(word, reading), reading)],
  merge: (earlier, later) => [...earlier, ...later],
};

/** Lines of the first line's type add to the list, the others remove, or with an errno set the calls' action. */
export function resolveLines(lines: CallLines, always: readonly string[]): CallList {
  const unlisted = lines[0]?.inverted === true;
  const named = new Map<SyscallAction | undefined, string[]>([[undefined, []]]);
  const others = ["@known"];
  const add = ({ word, answer }: CallItem) => {
    if (!named.has(answer)) named.set(answer, []);
    for (const [one, words] of named) words.push(one === answer ? word : `!${word}`);
    others.push(`!${word}`);
  };
  const takeAway = ({ word }: CallItem) => {
    for (const words of named.values()) words.push(`!${word}`);
    others.push(word);
  };
  if (!unlisted) for (const word of always) add({ word });
  for (const { inverted, items } of lines) {
    for (const item of items) (inverted === unlisted || item.answer !== undefined ? add : takeAway)(item);
  }
  return { polarity: unlisted ? "unlisted" : "listed", named, others: [...others, "&@known"] };
}

/** `kill` or an errno; undefined if the text is neither. */
export function readAnswer(text: string): SyscallAction | undefined {
  return text === "kill" ? "kill" : readErrno(text);
}

type ReadItem = (word: string, inverted: boolean) => CallItem | undefined;

function parseLine(text: string, readOne: ReadItem, reading: ParseContext): CallLine {
  const inverted = text.startsWith("~");
  const words = readWords(inverted ? text.slice(1) : text, reading, {});
  return { inverted, items: words.map((word) => readOne(word, inverted)).filter((item) => item !== undefined) };
}

function readItem(word: string, inverted: boolean, reading: ParseContext): CallItem | undefined {
  const colon = word.indexOf(":");
  if (colon < 0) return readPlainItem(word, reading);
  const answer = readAnswer(word.slice(colon + 1));
  if (answer === undefined) {
    reading.complain(word, "after the colon the name of an errno, a number from 0 to 4095, or kill");
    return undefined;
  }
  if (!inverted) {
    reading.complain(word, "no errno for system calls that are allowed");
    return undefined;
  }
  return isCallOrGroup(word.slice(0, colon), reading, word) ? { word: word.slice(0, colon), answer } : undefined;
}

function readPlainItem(word: string, reading: ParseContext): CallItem | undefined {
  return isCallOrGroup(word, reading) ? { word } : undefined;
}
