import { InvalidValueError } from "../errors.ts";
import type { ParseContext, Value } from "../model/directive.ts";
import { readItems } from "./path.ts";
import { readWords } from "./words.ts";

/** Variables by name, in the order of their first assignment. */
export type Variables = Readonly<Record<string, string>>;

/** Quoted `NAME=VALUE` words; later assignments of one name win. */
export const assignments: Value<Variables> = {
  syntax: "NAME=VALUE …",
  parse: (text, reading) =>
    Object.fromEntries(
      readItems(readWords(text, reading, { unquote: true, unescape: true }), reading, parseAssignment),
    ),
  merge: (earlier, later) => ({ ...earlier, ...later }),
};

/** Names of variables. */
export const variableNames: Value<readonly string[]> = {
  syntax: "NAME …",
  parse: (text, reading) => readNames(text, reading, isVariableName, "the name of a variable"),
  merge: joinNames,
};

/** Names, or `NAME=VALUE` for a variable with exactly this value. */
export const variablesToRemove: Value<readonly string[]> = {
  syntax: "NAME[=VALUE] …",
  parse: (text, reading) =>
    readNames(text, reading, (word) => isVariableName(word.split("=", 1)[0]!), "a variable's name or NAME=VALUE"),
  merge: joinNames,
};

/** Whether a shell accepts the name. */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

function parseAssignment(word: string, reading: ParseContext): readonly [string, string] {
  const text = reading.expand(word);
  const equals = text.indexOf("=");
  if (equals < 0 || !isVariableName(text.slice(0, equals))) throw new InvalidValueError(text, "NAME=VALUE");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function readNames(
  text: string,
  reading: ParseContext,
  isAllowed: (word: string) => boolean,
  expected: string,
): readonly string[] {
  return readItems(readWords(text, reading, { unquote: true, unescape: true }), reading, (word) => {
    const name = reading.expand(word);
    if (!isAllowed(name)) throw new InvalidValueError(name, expected);
    return name;
  });
}

function joinNames(earlier: readonly string[], later: readonly string[]): readonly string[] {
  return [...new Set([...earlier, ...later])];
}
