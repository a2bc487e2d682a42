import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { splitWords } from "./words.ts";

/** Bits of /proc/PID/coredump_filter (core(5)), by number. */
const KINDS = [
  "private-anonymous",
  "shared-anonymous",
  "private-file-backed",
  "shared-file-backed",
  "elf-headers",
  "private-huge",
  "shared-huge",
  "private-dax",
  "shared-dax",
] as const;

const SETS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(KINDS.map((kind, bit) => [kind, 1 << bit])),
  default: 0x33,
  all: (1 << KINDS.length) - 1,
};

/** Types of memory mappings, or their bits as a hexadecimal number; later assignments add. */
export const coredumpFilter: Value<number> = {
  syntax: "KIND … | HEX | default | all",
  parse: (text) => splitWords(text, {}).reduce((bits, word) => bits | bitsOf(word), 0),
  merge: (earlier, later) => earlier | later,
};

function bitsOf(word: string): number {
  if (Object.hasOwn(SETS, word)) return SETS[word]!;
  if (/^(?:0x)?[0-9a-f]{1,7}$/i.test(word)) return Number.parseInt(word, 16);
  throw new InvalidValueError(word, `kinds of memory: ${KINDS.join(", ")}, default or all`);
}
