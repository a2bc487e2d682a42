import { FatalValueError, InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { splitWords } from "./words.ts";

const EXPECTED = "a user or group name or a number";

/** A user or a group; systemd does not load a unit with an invalid one. */
export const userName: Value<string> = {
  syntax: "NAME | NUMBER",
  parse: (text, reading) => fatally(() => readName(text, reading)),
};

/** Groups by name or number; an invalid one is fatal as well. */
export const groupNames: Value<readonly string[]> = {
  syntax: "NAME | NUMBER …",
  parse: (text, reading) => fatally(() => splitWords(text, {}).map((word) => readName(word, reading))),
  merge: (earlier, later) => [...earlier, ...later],
};

function readName(word: string, reading: ParseContext): string {
  return parseUserName(reading.expand(word));
}

function fatally<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof InvalidValueError ? new FatalValueError(error.found, error.expected) : error;
  }
}

/**
 * A numeric UID or GID; undefined for other text. Digits are never looked up as a name: digits that are not a valid ID
 * are refused by {@link parseUserName}. 65535 and 2^32-1 mean "no ID" to the kernel.
 */
export function readId(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const id = Number(text);
  return id < 0xffff_ffff && id !== 0xffff ? id : undefined;
}

/**
 * A name that User= and Group= accept, or a number (systemd's relaxed rule, src/basic/user-util.c): it must not break a
 * line of /etc/passwd or a path.
 * @throws InvalidValueError
 */
export function parseUserName(text: string): string {
  if (readId(text) === undefined && !isRelaxedName(text)) throw new InvalidValueError(text, EXPECTED);
  return text;
}

/** Whether systemd's strict rule, that for dynamic users, accepts the name. */
export function isStrictName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(text);
}

function isRelaxedName(text: string): boolean {
  return text !== "." && text !== ".." && !REFUSED.test(text);
}

/** Empty, leading or trailing blanks, control characters, colons, slashes, lone surrogates, or only digits. */
const REFUSED = /^$|^ | $|[\0-\x1f\x7f-\x9f:/]|\p{Surrogate}|^-?\d+$/u;
