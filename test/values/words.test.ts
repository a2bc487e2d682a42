import { test } from "uvu";
import * as assert from "uvu/assert";
import { InvalidValueError } from "../../src/errors.ts";
import { readWords, type Splitting, splitWords, takeWord } from "../../src/values/words.ts";
import { recordReading } from "../support/systemd/reading.ts";

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

test("without C escapes a backslash escapes the next character", () => {
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

test("consecutive byte escapes form one character", () => {
  assert.equal(splitWords(String.raw`\xc3\xa4 \303\244 ä\x41`, C), ["ä", "ä", "äA"]);
});

test("bytes that are not UTF-8 are refused", () => {
  assert.throws(
    () => splitWords(String.raw`\xff`, C),
    (error: unknown) => error instanceof InvalidValueError,
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
      (error: unknown) => error instanceof InvalidValueError,
      text,
    );
  }
});

test("unknown escapes are kept with that flag", () => {
  assert.equal(splitWords(String.raw`\q \x41 a\ `, { ...C, keepUnknownEscapes: true }), ["\\q", "A", "a\\ "]);
  assert.equal(splitWords("a\\", { ...C, keepUnknownEscapes: true }), ["a\\"]);
});

test("an unterminated quote or escape is refused unless relaxed", () => {
  for (const text of [`"a`, `a 'b`, "a\\"]) {
    assert.throws(
      () => splitWords(text, QUOTED),
      (error: unknown) => error instanceof InvalidValueError,
      text,
    );
  }
  assert.equal(splitWords(`a "b c`, { ...QUOTED, relaxed: true }), ["a", "b c"]);
  assert.equal(splitWords("a\\", { ...QUOTED, relaxed: true }), ["a"]);
});

test("with retained escapes backslashes are kept, even before a quote", () => {
  assert.equal(splitWords(String.raw`a\:b "c\"d`, { unquote: true, keepEscapes: true }), [
    String.raw`a\:b`,
    String.raw`c\d`,
  ]);
});

test("every separator splits if empty words are kept", () => {
  const colons: Splitting = { separators: ":", keepEmpty: true };
  assert.equal(splitWords("a::b:", colons), ["a", "", "b", ""]);
  assert.equal(splitWords("", colons), [""]);
});

test("an escaped separator belongs to the word", () => {
  const colons: Splitting = { separators: ":", keepEmpty: true, unescape: true, unescapeSeparators: true };
  assert.equal(splitWords(String.raw`a\:b:c\\d:\x41`, colons), ["a:b", "c\\d", "A"]);
});

test("with that flag only separators and backslashes can be escaped", () => {
  const colons: Splitting = { separators: ":", unescapeSeparators: true };
  assert.equal(splitWords("a\\\\b:c\\:d", colons), ["a\\b", "c:d"]);
  assert.throws(() => splitWords("a\\b", colons));
});

test("extracting one word keeps the rest unchanged", () => {
  assert.equal(takeWord("/bin/x  a 'b c'", QUOTED), { word: "/bin/x", rest: "a 'b c'" });
  assert.equal(takeWord("last  ", QUOTED), { word: "last", rest: undefined });
  assert.equal(takeWord("   ", QUOTED), undefined);
});

test("words before an error are kept, and the error is reported once", () => {
  const reading = recordReading();
  assert.equal(readWords(`a b "c d`, reading, QUOTED), ["a", "b"]);
  assert.is(reading.complaints.length, 1);
});

test.run();
