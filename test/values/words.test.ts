import { test } from "uvu";
import * as assert from "uvu/assert";
import { BadValue } from "../../src/errors.ts";
import { readWords, type Splitting, splitWords, takeWord } from "../../src/values/words.ts";
import { recordReading } from "../support/reading.ts";

const QUOTED: Splitting = { unquote: true };
const C: Splitting = { unquote: true, unescape: true };

test("blanks of any kind and number separate words", () => {
  assert.equal(splitWords("  a\tb \r\n c  ", QUOTED), ["a", "b", "c"]);
  assert.equal(splitWords("", QUOTED), []);
  assert.equal(splitWords(" \t", QUOTED), []);
});

test("quotes hold blanks, may begin inside a word, and make empty words", () => {
  assert.equal(splitWords(`"a b" 'c d' x"y z"w '' ""`, QUOTED), ["a b", "c d", "xy zw", "", ""]);
  assert.equal(splitWords(`"it's" 'say "x"'`, QUOTED), ["it's", `say "x"`]);
});

test("without unquoting, quotes are characters", () => {
  assert.equal(splitWords(`"a b"`, {}), [`"a`, `b"`]);
});

test("without C escapes a backslash stands for the next character", () => {
  assert.equal(splitWords(String.raw`a\ b \"c\" \n "d\"e"`, QUOTED), ["a b", '"c"', "n", 'd"e']);
});

test("C escapes are replaced, in quotes too", () => {
  assert.equal(splitWords(String.raw`\x41 "\t" '\s' \101 \u00e4 \U0001F600 a\\b`, C), [
    "A",
    "\t",
    " ",
    "A",
    "ä",
    "😀",
    "a\\b",
  ]);
});

test("bytes of escapes join to one character", () => {
  assert.equal(splitWords(String.raw`\xc3\xa4 \303\244 ä\x41`, C), ["ä", "ä", "äA"]);
});

test("bytes that are no UTF-8 are refused", () => {
  assert.throws(
    () => splitWords(String.raw`\xff`, C),
    (error: unknown) => error instanceof BadValue,
  );
});

test("NUL, short and unknown escapes are refused", () => {
  for (const text of [
    String.raw`\x00`,
    String.raw`\000`,
    String.raw`\x4`,
    String.raw`\18`,
    String.raw`\q`,
    String.raw`\400`,
  ]) {
    assert.throws(
      () => splitWords(text, C),
      (error: unknown) => error instanceof BadValue,
      text,
    );
  }
});

test("unknown escapes stay as they are when that is asked for", () => {
  assert.equal(splitWords(String.raw`\q \x41 a\ `, { ...C, keepUnknownEscapes: true }), ["\\q", "A", "a\\ "]);
  assert.equal(splitWords("a\\", { ...C, keepUnknownEscapes: true }), ["a\\"]);
});

test("a quote or an escape without its end is refused unless relaxed", () => {
  for (const text of [`"a`, `a 'b`, "a\\"]) {
    assert.throws(
      () => splitWords(text, QUOTED),
      (error: unknown) => error instanceof BadValue,
      text,
    );
  }
  assert.equal(splitWords(`a "b c`, { ...QUOTED, relaxed: true }), ["a", "b c"]);
  assert.equal(splitWords("a\\", { ...QUOTED, relaxed: true }), ["a"]);
});

test("kept escapes leave backslashes alone, even before a quote", () => {
  assert.equal(splitWords(String.raw`a\:b "c\"d`, { unquote: true, keepEscapes: true }), [
    String.raw`a\:b`,
    String.raw`c\d`,
  ]);
});

test("every separator counts when empty words are kept", () => {
  const colons: Splitting = { separators: ":", keepEmpty: true };
  assert.equal(splitWords("a::b:", colons), ["a", "", "b", ""]);
  assert.equal(splitWords("", colons), [""]);
});

test("an escaped separator belongs to the word", () => {
  const colons: Splitting = { separators: ":", keepEmpty: true, unescape: true, unescapeSeparators: true };
  assert.equal(splitWords(String.raw`a\:b:c\\d:\x41`, colons), ["a:b", "c\\d", "A"]);
});

test("without C escapes only separators and backslashes can be escaped, where that is asked for", () => {
  const colons: Splitting = { separators: ":", unescapeSeparators: true };
  assert.equal(splitWords("a\\\\b:c\\:d", colons), ["a\\b", "c:d"]);
  assert.throws(() => splitWords("a\\b", colons));
});

test("taking one word leaves the rest untouched", () => {
  assert.equal(takeWord("/bin/x  a 'b c'", QUOTED), { word: "/bin/x", rest: "a 'b c'" });
  assert.equal(takeWord("last  ", QUOTED), { word: "last", rest: undefined });
  assert.equal(takeWord("   ", QUOTED), undefined);
});

test("reading keeps what came before a mistake and complains once", () => {
  const reading = recordReading();
  assert.equal(readWords(`a b "c d`, reading, QUOTED), ["a", "b"]);
  assert.is(reading.complaints.length, 1);
});

test.run();
