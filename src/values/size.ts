import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** 2^64-1: systemd's and the kernel's "no limit". */
export const INFINITY = 2n ** 64n - 1n;

const UNITS: readonly (readonly [string, bigint])[] = [
  ["E", 1024n ** 6n],
  ["P", 1024n ** 5n],
  ["T", 1024n ** 4n],
  ["G", 1024n ** 3n],
  ["M", 1024n ** 2n],
  ["K", 1024n],
  ["B", 1n],
  ["", 1n],
];
const EXPECTED = "a size like 512, 64K or 1.5G";

/** Bytes; `infinity` is {@link INFINITY}. */
export const size: Value<bigint> = {
  syntax: "BYTES[K | M | G | T | P | E] | infinity",
  parse: (text) => (text === "infinity" ? INFINITY : parseSize(text)),
  within: (value, bound) => value <= bound,
};

/**
 * Bytes, base 1024. Terms with decreasing units add up (`1G 512M`).
 * @throws InvalidValueError
 */
export function parseSize(text: string): bigint {
  const terms = [...text.matchAll(/\s*(\d+)(?:\.(\d*))?\s*([EPTGMKB]?)/gy)];
  const read = terms.map((term) => term[0]).join("");
  let total = 0n;
  let smallest = -1;
  for (const [, whole, fraction, unit] of terms) {
    const rank = UNITS.findIndex(([name]) => name === unit);
    if (rank <= smallest) throw new InvalidValueError(text, EXPECTED);
    smallest = rank;
    total += scale(whole!, fraction ?? "", UNITS[rank]![1]);
  }
  if (terms.length === 0 || read.length !== text.length) throw new InvalidValueError(text, EXPECTED);
  if (total > INFINITY) throw new InvalidValueError(text, "a size below 2^64");
  return total;
}

function scale(whole: string, fraction: string, factor: bigint): bigint {
  return BigInt(whole) * factor + (BigInt(fraction || "0") * factor) / 10n ** BigInt(fraction.length);
}
