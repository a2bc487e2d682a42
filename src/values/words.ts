import { InvalidValueError } from "../errors.ts";
import type { ParseContext } from "../model/directive.ts";
import { attempt } from "./attempt.ts";
import { decodeBytes, encodeBytes, readEscape } from "./escape.ts";

/** How text is split into words; systemd's flags in brackets (src/basic/extract-word.c, extract_first_word). */
export interface Splitting {
  /** Characters between words; blanks and line ends by default. */
  readonly separators?: string;
  /** Quotes hold a word together and are removed [UNQUOTE]. */
  readonly unquote?: true;
  /** C escapes are replaced; any other escape is an error [CUNESCAPE]. */
  readonly unescape?: true;
  /** The backslash before a separator or a backslash is removed [UNESCAPE_SEPARATORS]. */
  readonly unescapeSeparators?: true;
  /** Backslashes are kept [RETAIN_ESCAPE]. */
  readonly keepEscapes?: true;
  /** Unknown escapes are kept [UNESCAPE_RELAX]. */
  readonly keepUnknownEscapes?: true;
  /** An unterminated quote or escape is accepted [RELAX]. */
  readonly relaxed?: true;
  /** Every separator counts, so that words can be empty [DONT_COALESCE_SEPARATORS]. */
  readonly keepEmpty?: true;
}

export interface TakenWord {
  readonly word: string;
  /** The remaining text; undefined after the last word. */
  readonly rest: string | undefined;
}

const BLANKS = " \t\n\r";
const BALANCED = "quotes and escapes that end";
const KNOWN_ESCAPES = "known escapes after each backslash";

/**
 * The words of a setting: a word that is not UTF-8 is reported and dropped, and so is all text from a broken quote or
 * escape on, as in systemd.
 */
export function readWords(text: string, reading: ParseContext, splitting: Splitting): readonly string[] {
  const words: string[] = [];
  attempt(reading, () => {
    for (const bytes of eachWord(text, splitting)) {
      const word = attempt(reading, () => decodeBytes(bytes));
      if (word !== undefined) words.push(word);
    }
  });
  return words;
}

/** @throws InvalidValueError for an invalid quote or escape, and for a word that is not UTF-8 */
export function splitWords(text: string, splitting: Splitting): readonly string[] {
  return [...eachWord(text, splitting)].map(decodeBytes);
}

/**
 * As `splitWords`, but the words are as they were written.
 * @throws InvalidValueError in the same cases
 */
export function rawWords(text: string, splitting: Splitting): readonly string[] {
  const words: string[] = [];
  for (let rest: string | undefined = encodeBytes(text); rest !== undefined; ) {
    const taken = takeBytes(rest, splitting);
    if (taken === undefined) break;
    words.push(decodeBytes(rest.slice(0, rest.length - (taken.rest?.length ?? 0))).trim());
    rest = taken.rest;
  }
  return words;
}

/** Words as bytes. */
function* eachWord(text: string, splitting: Splitting): Generator<string> {
  let rest: string | undefined = encodeBytes(text);
  while (rest !== undefined) {
    const taken = takeBytes(rest, splitting);
    if (taken === undefined) return;
    yield taken.word;
    rest = taken.rest;
  }
}

/**
 * The first word; undefined if there is none.
 * @throws InvalidValueError for an invalid quote or escape, and for a word that is not UTF-8
 */
export function takeWord(text: string, splitting: Splitting): TakenWord | undefined {
  const taken = takeBytes(encodeBytes(text), splitting);
  if (taken === undefined) return undefined;
  return { word: decodeBytes(taken.word), rest: taken.rest === undefined ? undefined : decodeBytes(taken.rest) };
}

/** As `takeWord` of a text that `encodeBytes` has made; in a loop, encoding the rest each time would take its square. */
export function takeBytes(source: string, splitting: Splitting): TakenWord | undefined {
  const scan: Scan = { source, splitting, position: 0, bytes: "", quote: "" };
  if (!splitting.keepEmpty) skipSeparators(scan);
  if (scan.position === source.length && !splitting.keepEmpty) return undefined;
  const ended = takeCharacters(scan);
  return { word: scan.bytes, rest: ended ? undefined : source.slice(scan.position) };
}

interface Scan {
  readonly source: string;
  readonly splitting: Splitting;
  position: number;
  bytes: string;
  /** The open quote, or "". */
  quote: string;
}

/** Whether the text ended with the word. */
function takeCharacters(scan: Scan): boolean {
  for (; scan.position < scan.source.length; scan.position++) {
    const character = scan.source[scan.position]!;
    if (character === "\\" && !scan.splitting.keepEscapes) takeEscape(scan);
    else if (scan.quote !== "") takeQuoted(scan, character);
    else if (isSeparator(scan, character)) return endWord(scan);
    else if (scan.splitting.unquote && (character === '"' || character === "'")) scan.quote = character;
    else scan.bytes += character;
  }
  if (scan.quote !== "" && !scan.splitting.relaxed) throw new InvalidValueError(decodeBytes(scan.source), BALANCED);
  return true;
}

function takeQuoted(scan: Scan, character: string): void {
  if (character === scan.quote) scan.quote = "";
  else scan.bytes += character;
}

function takeEscape(scan: Scan): void {
  const { source, splitting } = scan;
  const next = source[++scan.position];
  const known = splitting.unescape ? readEscape(source, scan.position) : undefined;
  if (next === undefined) endInEscape(scan);
  else if (!splitting.unescape && !splitting.unescapeSeparators) scan.bytes += next;
  else if (known !== undefined) {
    scan.bytes += known.bytes;
    scan.position += known.length - 1;
  } else if (splitting.unescapeSeparators && (isSeparator(scan, next) || next === "\\")) scan.bytes += next;
  else if (splitting.keepUnknownEscapes) scan.bytes += `\\${next}`;
  else throw new InvalidValueError(decodeBytes(source), KNOWN_ESCAPES);
}

function endInEscape(scan: Scan): void {
  const { relaxed, keepUnknownEscapes } = scan.splitting;
  if (keepUnknownEscapes && (scan.quote === "" || relaxed)) scan.bytes += "\\";
  else if (!relaxed) throw new InvalidValueError(decodeBytes(scan.source), BALANCED);
}

function endWord(scan: Scan): boolean {
  scan.position++;
  if (scan.splitting.keepEmpty) return false;
  skipSeparators(scan);
  return scan.position === scan.source.length;
}

function skipSeparators(scan: Scan): void {
  while (scan.position < scan.source.length && isSeparator(scan, scan.source[scan.position]!)) scan.position++;
}

function isSeparator(scan: Scan, character: string): boolean {
  return (scan.splitting.separators ?? BLANKS).includes(character);
}
