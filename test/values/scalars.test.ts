import { test } from "uvu";
import * as assert from "uvu/assert";
import { InvalidValueError } from "../../src/errors.ts";
import { boolean } from "../../src/values/boolean.ts";
import { choice, choiceOrBoolean, joinWords } from "../../src/values/choice.ts";
import { mode } from "../../src/values/mode.ts";
import { readShare, shareOf } from "../../src/values/percentage.ts";
import { INFINITY, parseSize, size } from "../../src/values/size.ts";
import { parseTimeSpan } from "../../src/values/timeSpan.ts";
import { parse } from "../support/systemd/reading.ts";

function refuses(read: () => unknown, message: string): void {
  assert.throws(read, (error: unknown) => error instanceof InvalidValueError && error.message === message);
}

test("all of systemd's booleans are accepted, in any case", () => {
  for (const word of ["1", "yes", "Y", "TRUE", "t", "On"]) assert.is(parse(boolean, word), true);
  for (const word of ["0", "no", "N", "False", "f", "OFF"]) assert.is(parse(boolean, word), false);
  refuses(() => parse(boolean, "maybe"), 'found "maybe", expected yes or no');
});

test("the error for a choice lists all words", () => {
  const value = choice(["a", "b", "c"]);
  assert.is(parse(value, "b"), "b");
  refuses(() => parse(value, "B"), 'found "B", expected a, b or c, did you mean b?');
});

test("a boolean selects the first word or the one for yes", () => {
  const value = choiceOrBoolean(["no", "self", "identity"], "self");
  assert.is(parse(value, "true"), "self");
  assert.is(parse(value, "0"), "no");
  assert.is(parse(value, "identity"), "identity");
  refuses(() => parse(value, "full"), 'found "full", expected no, self or identity');
});

test("words are joined as in a sentence", () => {
  assert.is(joinWords(["a"]), "a");
  assert.is(joinWords(["a", "b"]), "a or b");
});

test("modes are octal up to 7777", () => {
  assert.is(parse(mode, "0755"), 0o755);
  assert.is(parse(mode, "7777"), 0o7777);
  for (const text of ["8", "10000", "0o7", "-1", "0x1", "u+x"]) assert.throws(() => parse(mode, text));
});

test("sizes count in 1024, add up and take fractions", () => {
  assert.is(parseSize("512"), 512n);
  assert.is(parseSize("64K"), 65536n);
  assert.is(parseSize("1.5G"), 1610612736n);
  assert.is(parseSize("1G 512M 3"), 1610612739n);
  assert.is(parseSize("3 B"), 3n);
  assert.is(parse(size, "infinity"), INFINITY);
});

test("sizes with increasing or repeated units, signs or unknown units are refused", () => {
  for (const text of ["1K 1G", "1K 1K", "-1", "1Q", "K", "1k", "16E", "", "1K x"])
    assert.throws(() => parseSize(text), undefined, text);
});

test("time spans read all of systemd's units", () => {
  const seconds = (text: string): bigint => parseTimeSpan(text, "seconds", "seconds");
  assert.is(seconds("90"), 90n);
  assert.is(seconds("1min 30s"), 90n);
  assert.is(seconds("2h30m"), 9000n);
  assert.is(seconds("1.5min"), 90n);
  assert.is(seconds("1w"), 604800n);
  assert.is(seconds("1M"), 2629800n);
  assert.is(seconds("1y"), 31557600n);
  assert.is(seconds("infinity"), INFINITY);
  assert.is(parseTimeSpan("5", "microseconds", "microseconds"), 5n);
  assert.is(parseTimeSpan("5ms", "microseconds", "microseconds"), 5000n);
  assert.is(parseTimeSpan("1us", "nanoseconds", "nanoseconds"), 1000n);
});

test("invalid time spans are refused", () => {
  for (const text of ["", "x", "5 parsecs", "-1s", "1..5s", "5s x"]) {
    assert.throws(() => parseTimeSpan(text, "seconds", "seconds"), undefined, text);
  }
});

test("shares are exact to a hundredth of a percent", () => {
  assert.is(readShare("50%"), 5000);
  assert.is(readShare("12.34%"), 1234);
  assert.is(readShare("5‰"), 50);
  assert.is(readShare("5"), undefined);
  for (const text of ["101%", "1.234%", "%", "-1%", "1.5‱"]) assert.throws(() => readShare(text), undefined, text);
  assert.is(shareOf(1000n, 2500), 250n);
});

test.run();
