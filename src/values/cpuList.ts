import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";
import { readUnsigned } from "./number.ts";
import { splitWords } from "./words.ts";

/** systemd's maximum of CPUs and nodes. */
const MOST = 8192;
const EXPECTED = "numbers and ranges like 0 2-5";

/** Numbers and ranges, separated by blanks or commas; later assignments add to earlier ones. */
export const numberList: Value<readonly number[]> = {
  syntax: "NUMBER | FIRST-LAST …",
  parse: (text) => parseNumbers(text),
  merge: (earlier, later) => [...new Set([...earlier, ...later])].sort((a, b) => a - b),
  within: (value, bound) => value.every((number) => bound.includes(number)),
};

/** @throws InvalidValueError */
export function parseNumbers(text: string): readonly number[] {
  const words = splitWords(text, { separators: " \t\n\r,", unquote: true });
  if (words.length === 0) throw new InvalidValueError(text, EXPECTED);
  return [...new Set(words.flatMap(parseRange))].sort((a, b) => a - b);
}

/** The kernel's format: `0-3,8`. */
export function formatNumbers(numbers: readonly number[]): string {
  const starts = numbers.filter((number, index) => numbers[index - 1] !== number - 1);
  return starts
    .map((start) => {
      const end = numbers.findLast((number, index) => number - start === index - numbers.indexOf(start))!;
      return start === end ? `${start}` : `${start}-${end}`;
    })
    .join(",");
}

function parseRange(word: string): readonly number[] {
  const [first = "", last = first, ...others] = word.split("-");
  const [from, to] = [readUnsigned(first), readUnsigned(last)];
  if (from === undefined || to === undefined || others.length > 0 || from > to || to >= MOST) {
    throw new InvalidValueError(word, EXPECTED);
  }
  return Array.from({ length: Number(to - from) + 1 }, (_, index) => Number(from) + index);
}

/** CPUAffinity=: numbers, or `numa` for the CPUs of NUMAMask=. */
export const cpuAffinity: Value<readonly number[] | "numa"> = orWord("numa");

/** NUMAMask=: numbers, or `all`. */
export const nodeMask: Value<readonly number[] | "all"> = orWord("all");

function orWord<const W extends string>(word: W): Value<readonly number[] | W> {
  return {
    syntax: `${numberList.syntax} | ${word}`,
    parse: (text) => (text === word ? word : parseNumbers(text)),
    merge: (earlier, later) =>
      typeof earlier === "string" || typeof later === "string" ? later : numberList.merge!(earlier, later),
  };
}
