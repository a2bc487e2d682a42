import type { Options } from "../../console/options.ts";
import { quote, UserError } from "../../errors.ts";
import { joinWords } from "../../values/choice.ts";
import { didYouMean } from "../../values/suggestion.ts";
import { KINDS, type Kind, type LastingDirectory } from "./directories.ts";

/**
 * The directories that operands name, a service or a path each; all without operands.
 * @throws UserError for an operand that names none
 */
export function chooseDirectories(
  all: readonly LastingDirectory[],
  operands: readonly string[],
  kinds: readonly Kind[],
): readonly LastingDirectory[] {
  const ofKind = ({ what }: LastingDirectory) => kinds.includes(what);
  if (operands.length === 0) return all.filter(ofKind);
  return [...new Set(operands.flatMap((operand) => namedBy(operand, all)))].filter(ofKind);
}

/** A name is a service's and never that of a directory: two services may use directories of one name. */
function namedBy(operand: string, all: readonly LastingDirectory[]): readonly LastingDirectory[] {
  const isPath = operand.startsWith("/");
  const found = all.filter(({ service, path }) => (isPath ? path === operand : service === operand));
  if (found.length > 0) return found;
  const services = new Set(all.flatMap(({ service }) => service ?? []));
  const what = isPath ? "no such directory" : "no directory of such a service";
  const expected = `a service or path of dynuser state ls${isPath ? "" : didYouMean(operand, services)}`;
  throw new UserError(`cannot find ${quote(operand)}: found ${what}, expected ${expected}`);
}

/** @throws UserError for a word that is no kind */
export function readKinds(options: Options, fallback: readonly Kind[]): readonly Kind[] {
  const words = options.all("what").flatMap((text) => text.split(","));
  if (words.length === 0) return fallback;
  if (words.includes("all")) return ALL_KINDS;
  const odd = words.find((word) => !Object.hasOwn(KINDS, word));
  if (odd === undefined) return words as Kind[];
  const known = [...ALL_KINDS, "all"];
  throw new UserError(`cannot read --what: found ${quote(odd)}, expected ${joinWords(known)}${didYouMean(odd, known)}`);
}

export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];
