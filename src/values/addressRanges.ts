import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import type { AddressRange } from "../model/networkRule.ts";
import { readUnsigned } from "./number.ts";
import { readItems } from "./path.ts";
import { splitWords } from "./words.ts";

const WORDS: Readonly<Record<string, readonly AddressRange[]>> = {
  any: [range("0.0.0.0", 0), range("::", 0)],
  localhost: [range("127.0.0.0", 8), range("::1", 128)],
  "link-local": [range("169.254.0.0", 16), range("fe80::", 64)],
  multicast: [range("224.0.0.0", 4), range("ff00::", 8)],
};

/** IPAddressAllow= and IPAddressDeny=; later assignments append. */
export const addressRanges: Value<readonly AddressRange[]> = {
  syntax: "ADDRESS[/BITS] … | any | localhost | link-local | multicast",
  parse: (text, reading) => readItems(splitWords(text, {}), reading, parseRange).flat(),
  merge: (earlier, later) => [...earlier, ...later],
};

/** 4, 6, or 0 for an invalid address. node:net takes 4 ms to load, so it is loaded on demand. */
function isIP(text: string): number {
  return process.getBuiltinModule("node:net").isIP(text);
}

export function includesAny(ranges: readonly AddressRange[]): boolean {
  return [4, 6].every((family) => ranges.some(({ address, bits }) => bits === 0 && isIP(address) === family));
}

export function isLoopback({ address, bits }: AddressRange): boolean {
  return (address.startsWith("127.") && bits >= 8) || (address === "::1" && bits === 128);
}

/** any, localhost … */
export function isRangeWord(word: string): boolean {
  return Object.hasOwn(WORDS, word);
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** @throws InvalidValueError */
export function parseRange(word: string): readonly AddressRange[] {
  if (isRangeWord(word)) return WORDS[word]!;
  const [address = "", prefix, ...others] = word.split("/");
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? BigInt(most) : readUnsigned(prefix);
  if (family === 0 || bits === undefined || bits > BigInt(most) || others.length > 0) {
    throw new InvalidValueError(word, "an address with or without /BITS, any, localhost, link-local or multicast");
  }
  return [range(address, Number(bits))];
}

function range(address: string, bits: number): AddressRange {
  return { address, bits };
}
