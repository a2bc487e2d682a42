import { InvalidValueError } from "../errors.ts";

/*
 * C escapes as systemd reads them (src/basic/escape.c). `\xff` is a byte and not a character, so words are built from
 * bytes: strings in which each character is one byte.
 */

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

const CODES: Readonly<Record<string, { readonly digits: RegExp; readonly base: number; readonly bytes: boolean }>> = {
  x: { digits: /[0-9a-fA-F]{2}/y, base: 16, bytes: true },
  u: { digits: /[0-9a-fA-F]{4}/y, base: 16, bytes: false },
  U: { digits: /[0-9a-fA-F]{8}/y, base: 16, bytes: false },
  octal: { digits: /[0-7]{3}/y, base: 8, bytes: true },
};

export interface Escape {
  readonly bytes: string;
  /** Characters of the escape, without its backslash. */
  readonly length: number;
}

/** The escape that starts after the backslash, at `position`; undefined if it is invalid. */
export function readEscape(source: string, position: number): Escape | undefined {
  const letter = source[position] ?? "";
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { bytes: simple, length: 1 };

  const octal = /[0-7]/.test(letter);
  const code = CODES[octal ? "octal" : letter];
  if (code === undefined) return undefined;
  const start = octal ? position : position + 1;
  const digits = matchAt(code.digits, source, start);
  const bytes = digits === undefined ? undefined : encode(Number.parseInt(digits, code.base), code.bytes);
  return bytes === undefined ? undefined : { bytes, length: start - position + digits!.length };
}

export function encodeBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** @throws InvalidValueError when the bytes are no UTF-8 */
export function decodeBytes(bytes: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    throw new InvalidValueError(bytes, "valid UTF-8");
  }
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = position;
  return sticky.exec(source)?.[0];
}

function encode(code: number, asByte: boolean): string | undefined {
  if (code === 0) return undefined;
  if (asByte) return code <= 0xff ? String.fromCharCode(code) : undefined;
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? encodeBytes(String.fromCodePoint(code)) : undefined;
}
