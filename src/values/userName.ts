import type { Reading, Value } from "../directive.ts";
import { BadValue, FatalValue } from "../errors.ts";
import { splitWords } from "./words.ts";

const EXPECTED = "a user or group name or a number";

/** A user or a group; systemd starts no unit where it cannot be read. */
export const userName: Value<string> = {
  syntax: "NAME | NUMBER",
  parse: (text, reading) => fatally(() => readName(text, reading)),
};

/** Groups by name or number; one that cannot be read is as fatal. */
export const groupNames: Value<readonly string[]> = {
  syntax: "NAME | NUMBER …",
  parse: (text, reading) => fatally(() => splitWords(text, {}).map((word) => readName(word, reading))),
  merge: (earlier, later) => [...earlier, ...later],
};

function readName(word: string, reading: Reading): string {
  return parseUserName(reading.expand(word));
}

function fatally<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof BadValue ? new FatalValue(error.found, error.expected) : error;
  }
}

/**
 * A number that is a UID or GID; undefined for everything else. Digits are never looked up as a name: a text of
 * digits that is none is refused by {@link parseUserName}. 65535 and 2^32-1 mean "no ID" to the kernel.
 */
export function readId(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const id = Number(text);
  return id < 0xffff_ffff && id !== 0xffff ? id : undefined;
}

/**
 * A name as User= and Group= take it, or a number (systemd's relaxed rule, src/basic/user-util.c): whatever cannot
 * break a line of /etc/passwd or a path.
 * @throws BadValue
 */
export function parseUserName(text: string): string {
  if (readId(text) === undefined && !isRelaxedName(text)) throw new BadValue(text, EXPECTED);
  return text;
}

/** The name may be given to a dynamic user: systemd's strict rule. */
export function isStrictName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(text);
}

function isRelaxedName(text: string): boolean {
  return text !== "." && text !== ".." && !REFUSED.test(text);
}

/** Empty, blanks at an end, control characters, colons, slashes, lone surrogates, nothing but digits. */
const REFUSED = /^$|^ | $|[\0-\x1f\x7f-\x9f:/]|\p{Surrogate}|^-?\d+$/u;
