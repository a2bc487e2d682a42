import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readUnsigned } from "./number.ts";
import { parsePath } from "./path.ts";
import { INFINITY } from "./size.ts";
import { parseTimeSpan } from "./timeSpan.ts";
import { takeWord } from "./words.ts";

/** A file or a block device, and the amount for its device; 2^64-1 is no limit. */
export interface DeviceAmount {
  readonly path: string;
  readonly amount: bigint;
}

/** IOReadBandwidthMax= and its like, base 1000; later assignments append. */
export const deviceBandwidth = perDevice("PATH BYTES[K | M | G | T]", parseDecimal);
export const deviceOperations = perDevice("PATH OPERATIONS[K | M | G | T]", parseDecimal);
export const deviceWeight = perDevice("PATH 1…10000", (text) => {
  const weight = readUnsigned(text);
  if (weight === undefined || weight < 1n || weight > 10_000n)
    throw new InvalidValueError(text, "a weight from 1 to 10000");
  return weight;
});
export const deviceLatency = perDevice("PATH TIMESPAN", (text) => parseTimeSpan(text, "seconds", "microseconds"));

function perDevice(syntax: string, parseAmount: (text: string) => bigint): Value<readonly DeviceAmount[]> {
  return {
    syntax,
    parse: (text, reading) => {
      const { word, rest = "" } = takeWord(text, { unquote: true }) ?? { word: "", rest: undefined };
      if (rest.trim() === "") throw new InvalidValueError(text, syntax);
      return [{ path: parsePath(reading.expand(word)), amount: parseAmount(rest.trim()) }];
    },
    merge: (earlier, later) => [...earlier.filter(({ path }) => later.every((one) => one.path !== path)), ...later],
  };
}

const DECIMAL: Readonly<Record<string, bigint>> = {
  "": 1n,
  B: 1n,
  K: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
};

function parseDecimal(text: string): bigint {
  if (text === "infinity") return INFINITY;
  const [, whole, fraction = "", unit = ""] = /^(\d+)(?:\.(\d+))?\s*([BKMGT]?)$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidValueError(text, "an amount like 512, 64K or 1.5M, or infinity");
  const factor = DECIMAL[unit]!;
  const amount = BigInt(whole) * factor + (BigInt(fraction || "0") * factor) / 10n ** BigInt(fraction.length);
  if (amount === 0n) throw new InvalidValueError(text, "an amount above 0");
  return amount;
}
