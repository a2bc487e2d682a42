import type { Value } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { readUnsigned } from "./number.ts";
import { readShare, shareOf } from "./percentage.ts";
import { INFINITY, parseSize } from "./size.ts";

/** A number, or a share of what there is in parts per ten thousand; 2^64-1 is no limit. */
export type Amount =
  | { readonly kind: "number"; readonly number: bigint }
  | { readonly kind: "share"; readonly share: number };

/** MemoryMax= and its like (config_parse_memory_limit, src/core/load-fragment.c). */
export const memoryAmount: Value<Amount> = {
  syntax: "BYTES | N% | infinity",
  parse: (text) => readAmount(text, parseSize),
  within: isAtMost,
};

/** TasksMax= (config_parse_tasks_max). */
export const taskAmount: Value<Amount> = {
  syntax: "NUMBER | N% | infinity",
  parse: (text) =>
    readAmount(text, (digits) => {
      const number = readUnsigned(digits);
      if (number === undefined || number === 0n || number >= INFINITY)
        throw new BadValue(text, "a number, a share or infinity");
      return number;
    }),
  within: isAtMost,
};

/** What it comes to where there are `total` of them. */
export function amountOf(amount: Amount, total: bigint): bigint {
  return amount.kind === "number" ? amount.number : shareOf(total, amount.share);
}

/** A number and a share cannot be compared without knowing of what. */
function isAtMost(value: Amount, bound: Amount): boolean {
  if (value.kind === "number") return bound.kind === "number" && value.number <= bound.number;
  return bound.kind === "share" && value.share <= bound.share;
}

function readAmount(text: string, parse: (text: string) => bigint): Amount {
  if (text === "infinity") return { kind: "number", number: INFINITY };
  const share = readShare(text);
  return share === undefined ? { kind: "number", number: parse(text) } : { kind: "share", share };
}
