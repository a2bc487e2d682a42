import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readUnsigned } from "./number.ts";
import { readShare, shareOf } from "./percentage.ts";
import { INFINITY, parseSize } from "./size.ts";

/** A number, or a share of the total in parts per ten thousand; 2^64-1 is no limit. */
export type Amount =
  | { readonly kind: "number"; readonly number: bigint }
  | { readonly kind: "share"; readonly share: number };

/** Memory limits (src/core/load-fragment.c, config_parse_memory_limit). */
export const memoryAmount: Value<Amount> = {
  syntax: "BYTES | N% | infinity",
  parse: (text) => readAmount(text, parseSize),
  within: isAtMost,
};

/** Those of which 0 is none, which both runtimes would take for no limit (same function). */
export const memoryMaximum: Value<Amount> = {
  ...memoryAmount,
  parse: (text, reading) => {
    const amount = memoryAmount.parse(text, reading);
    const isZero = amount.kind === "number" ? amount.number === 0n : amount.share === 0;
    if (isZero) throw new InvalidValueError(text, "more than 0 bytes");
    return amount;
  },
};

/** TasksMax= (config_parse_tasks_max). */
export const taskAmount: Value<Amount> = {
  syntax: "NUMBER | N% | infinity",
  parse: (text) =>
    readAmount(text, (digits) => {
      const number = readUnsigned(digits);
      if (number === undefined || number === 0n || number >= INFINITY)
        throw new InvalidValueError(text, "a number, a share or infinity");
      return number;
    }),
  within: isAtMost,
};

/** The absolute number for a total. */
export function amountOf(amount: Amount, total: bigint): bigint {
  return amount.kind === "number" ? amount.number : shareOf(total, amount.share);
}

/** A number and a share cannot be compared without the total. */
function isAtMost(value: Amount, bound: Amount): boolean {
  if (value.kind === "number") return bound.kind === "number" && value.number <= bound.number;
  return bound.kind === "share" && value.share <= bound.share;
}

function readAmount(text: string, parse: (text: string) => bigint): Amount {
  if (text === "infinity") return { kind: "number", number: INFINITY };
  const share = readShare(text);
  return share === undefined ? { kind: "number", number: parse(text) } : { kind: "share", share };
}

/** Whether StateDirectory= and the other two have a quota (src/core/load-fragment.c, config_parse_exec_quota). */
export const quota: Value<boolean> = {
  syntax: "off | BYTES | N%",
  parse: (text, reading) => {
    if (text !== "off") memoryAmount.parse(text, reading);
    return text !== "off";
  },
};
