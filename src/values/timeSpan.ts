import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { INFINITY } from "./size.ts";

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;

/** Nanoseconds of each unit in all of systemd's spellings. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ...units(1n, "ns", "nsec"),
  ...units(1_000n, "us", "usec", "µs", "μs"),
  ...units(1_000_000n, "ms", "msec"),
  ...units(SECOND, "s", "sec", "second", "seconds"),
  ...units(60n * SECOND, "m", "min", "minute", "minutes"),
  ...units(3_600n * SECOND, "h", "hr", "hour", "hours"),
  ...units(DAY, "d", "day", "days"),
  ...units(7n * DAY, "w", "week", "weeks"),
  ...units(2_629_800n * SECOND, "M", "month", "months"),
  ...units(31_557_600n * SECOND, "y", "year", "years"),
]);
const EXPECTED = "a time span like 500ms, 30 or 2min 10s";

export type TimeUnit = "nanoseconds" | "microseconds" | "seconds";
const FACTORS = { nanoseconds: 1n, microseconds: 1_000n, seconds: SECOND } as const satisfies Record<TimeUnit, bigint>;

/** A time span in `result` units; a number without a unit counts `bare` units; `infinity` is 2^64-1. */
export function timeSpan(bare: TimeUnit, result: TimeUnit): Value<bigint> {
  return {
    syntax: "TIMESPAN",
    parse: (text) => parseTimeSpan(text, bare, result),
  };
}

/** @throws InvalidValueError */
export function parseTimeSpan(text: string, bare: TimeUnit, result: TimeUnit): bigint {
  if (text === "infinity") return INFINITY;
  const terms = [...text.matchAll(/\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zA-Zµμ]*)/gy)];
  const rest = text.slice(terms.map((term) => term[0]).join("").length);
  if (terms.length === 0 || rest.trim() !== "") throw new InvalidValueError(text, EXPECTED);
  const total = terms.reduce((sum, [, count, unit]) => sum + nanoseconds(text, count!, unit!, bare), 0n);
  const span = total / FACTORS[result];
  if (span >= INFINITY) throw new InvalidValueError(text, "a shorter time span");
  return span;
}

function nanoseconds(text: string, count: string, unit: string, bare: TimeUnit): bigint {
  const factor = unit === "" ? FACTORS[bare] : UNITS.get(unit);
  if (factor === undefined) throw new InvalidValueError(text, EXPECTED);
  const [whole, fraction = ""] = count.split(".");
  return BigInt(whole || "0") * factor + (BigInt(fraction || "0") * factor) / 10n ** BigInt(fraction.length);
}

function units(factor: bigint, ...names: readonly string[]): readonly (readonly [string, bigint])[] {
  return names.map((name) => [name, factor] as const);
}
