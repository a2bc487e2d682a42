import { MAP_MEMBERS, MEMBER_NAMES } from "./memberNames.ts";
import { isObject, isRaw } from "./shape.ts";

/*
 * JSON that readers understand differently: of two members with one name JavaScript, Go and json-c take the last, yajl the
 * first, and Go merges objects; Go also takes a member whose name differs in case alone (encoding/json, foldName).
 */

/**
 * A member that not every reader understands alike, in words; undefined when there is none.
 * @param value what JSON.parse made of the text
 */
export function findAmbiguity(text: string, value: unknown): string | undefined {
  const counted = { members: 0 };
  const misspelt = walk(value, false, counted);
  if (countNames(text) !== counted.members) return "a member twice in one object, expected it once";
  return misspelt;
}

/** Quotes that are not escaped divide valid JSON into what is outside strings and inside, in turn; a colon follows a name. */
function countNames(text: string): number {
  const parts = text.replaceAll("\\\\", "").replaceAll('\\"', "").split('"');
  return parts.filter((part, index) => index % 2 === 0 && /^\s*:/.test(part)).length;
}

function walk(value: unknown, isMap: boolean, counted: { members: number }): string | undefined {
  if (Array.isArray(value)) return firstOf(value, (item) => walk(item, false, counted));
  if (!isObject(value) || isRaw(value)) return undefined;
  const names = Object.keys(value);
  counted.members += names.length;
  const inside = firstOf(names, (name) => walk(value[name], !isMap && MAP_MEMBERS.has(name), counted));
  return inside ?? (isMap ? undefined : findMisspelt(names));
}

/** All items are visited, as the members in all of them count. */
function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  let first: string | undefined;
  for (const item of items) first = find(item) ?? first;
  return first;
}

function findMisspelt(names: readonly string[]): string | undefined {
  const unknown = names.filter((name) => !MEMBER_NAMES.has(name));
  if (unknown.length === 0) return undefined;
  const misspelt = unknown.find((name) => knownNames().has(foldName(name)));
  if (misspelt !== undefined)
    return `the member ${JSON.stringify(misspelt)}, expected ${JSON.stringify(knownNames().get(foldName(misspelt)))}`;
  const twin = unknown.find((name, index) => unknown.findIndex((other) => foldName(other) === foldName(name)) < index);
  return twin === undefined ? undefined : `the member ${JSON.stringify(twin)} in two spellings, expected one`;
}

/** As Go folds it: ASCII letters, and the two others that fold to one. */
function foldName(name: string): string {
  return name.toLowerCase().replaceAll("\u017f", "s").replaceAll("\u212a", "k");
}

let known: ReadonlyMap<string, string> | undefined;

function knownNames(): ReadonlyMap<string, string> {
  known ??= new Map([...MEMBER_NAMES].map((name) => [foldName(name), name]));
  return known;
}
