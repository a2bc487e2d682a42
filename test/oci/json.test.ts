import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatJson, parseJson } from "../../src/oci/json.ts";

const NUMBERS = [
  ...["0", "-0", "7", "-7", "18446744073709551615", "-9223372036854775808", "9007199254740993", "1234567890123456"],
  ...["1.0", "0.5", "1e3", "1E400", "-2.50", "100000000000000000000000"],
];

test("numbers are written as they were read, wherever they stand", () => {
  for (const number of NUMBERS) {
    for (const text of [number, `[${number}]`, `[0,${number}]`, `{"a":${number}}`, `{"a":[{"b":${number}},1]}`]) {
      assert.is(formatJson(parseJson(text)), text);
      assert.is(formatJson(parseJson(text.replaceAll(/([:[,])/g, "$1 \n\t"))), text);
    }
  }
});

test("numbers that a double holds are numbers", () => {
  assert.equal(parseJson('{"a": 1, "b": [0, -5, 4294967295]}'), { a: 1, b: [0, -5, 4294967295] });
});

test.run();
