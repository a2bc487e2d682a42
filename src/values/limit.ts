import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readUnsigned } from "./number.ts";
import { INFINITY, parseSize } from "./size.ts";
import { parseTimeSpan } from "./timeSpan.ts";
import { splitWords } from "./words.ts";

/** A resource limit; 2^64-1 is none. */
export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** What a limit counts; the readers of src/basic/rlimit-util.c. */
export type LimitUnit = "bytes" | "count" | "seconds" | "microseconds" | "nice";

const READERS = {
  bytes: { syntax: "BYTES", parse: parseSize },
  count: { syntax: "NUMBER", parse: parseCount },
  seconds: { syntax: "SECONDS", parse: parseSeconds },
  microseconds: { syntax: "MICROSECONDS", parse: (text) => parseTimeSpan(text, "microseconds", "microseconds") },
  nice: { syntax: "NUMBER | +NICE | -NICE", parse: parseNice },
} as const satisfies Record<LimitUnit, { readonly syntax: string; readonly parse: (text: string) => bigint }>;

/** `soft[:hard]`, each of them a number of units or `infinity`. */
export function limit(unit: LimitUnit): Value<Limit> {
  const reader = READERS[unit];
  const parseOne = (text: string): bigint => (text === "infinity" && unit !== "nice" ? INFINITY : reader.parse(text));
  return {
    syntax: `${reader.syntax}[:${reader.syntax}]${unit === "nice" ? "" : " | infinity"}`,
    parse: (text) => {
      const [soft = "", hard = soft, ...others] = splitWords(text, { separators: ":", keepEmpty: true });
      if (others.join("") !== "") throw new InvalidValueError(text, "SOFT:HARD");
      const parsed = { soft: parseOne(soft), hard: parseOne(hard) };
      if (parsed.soft > parsed.hard) throw new InvalidValueError(text, "a soft limit not above the hard one");
      return parsed;
    },
    within: (value, bound) => value.hard <= bound.hard,
  };
}

function parseCount(text: string): bigint {
  const count = readUnsigned(text);
  if (count === undefined || count >= INFINITY) throw new InvalidValueError(text, "a number or infinity");
  return count;
}

/** RLIMIT_CPU counts whole seconds; parts of one count as one. */
function parseSeconds(text: string): bigint {
  const span = parseTimeSpan(text, "seconds", "microseconds");
  return span === INFINITY ? INFINITY : (span + 999_999n) / 1_000_000n;
}

/** The kernel counts from 40 (nice -20) to 1 (nice 19), and 0 for nothing at all. */
function parseNice(text: string): bigint {
  const sign = /^[+-]/.exec(text)?.[0];
  const number = readUnsigned(sign === undefined ? text : text.slice(1));
  const most = { "+": 19n, "-": 20n, none: 40n }[sign ?? "none"]!;
  if (number === undefined || number > most)
    throw new InvalidValueError(text, "0 to 40, or a nice level from -20 to +19");
  if (sign === undefined) return number;
  return sign === "+" ? 20n - number : 20n + number;
}
