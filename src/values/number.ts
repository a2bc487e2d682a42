import { InvalidValueError } from "../errors.ts";
import type { Value } from "../model/directive.ts";

/** An unsigned number as systemd reads it: decimal, `0x`, `0b`, `0o` or with a leading 0 octal; undefined when it is none. */
export function readUnsigned(text: string): bigint | undefined {
  const match = /^\+?(?:(0x[0-9a-f]+|0b[01]+|0o[0-7]+)|0([0-7]+)|(\d+))$/i.exec(text);
  if (match === null) return undefined;
  const [, prefixed, octal, decimal] = match;
  if (decimal !== undefined && /^0./.test(decimal)) return undefined;
  return BigInt(prefixed ?? (octal === undefined ? decimal! : `0o${octal}`));
}

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): Value<number> {
  return {
    syntax: `${least}…${most}`,
    parse: (text) => {
      const digits = readUnsigned(text.replace(/^-/, ""));
      const number = Number(digits ?? Number.NaN) * (text.startsWith("-") ? -1 : 1);
      if (!(number >= least && number <= most)) throw new InvalidValueError(text, `a number from ${least} to ${most}`);
      return number;
    },
  };
}
