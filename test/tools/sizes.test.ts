import { test } from "uvu";
import * as assert from "uvu/assert";
import { findOversized } from "../../src/tools/sizes.ts";

/** Small files in many folders, none of which is too large a part of the whole. */
const BALANCED = Array.from({ length: 8 }, (_, index) => [`src/room${index}/a.ts`, 240] as const);

test("a file of more than 250 lines is reported, a table of data is not", () => {
  const lines = new Map([...BALANCED.map(([file]) => [file, 1000] as const), ["src/oci/spec.ts", 500]]);
  assert.is(findOversized(lines).filter((line) => line.includes("1000 lines")).length, 8);
  assert.not.ok(findOversized(lines).some((line) => line.includes("spec.ts")));
});

test("a folder with more than 16 % of the lines is reported", () => {
  const lines = new Map([...BALANCED, ["src/room0/b.ts", 240]]);
  assert.equal(findOversized(lines), ["src/room0: 22 % of the lines, expected at most 16 %"]);
});

test("a folder with more than 30 files is reported, those with one file for each directive are not", () => {
  const files = (folder: string) => Array.from({ length: 31 }, (_, index) => [`${folder}/${index}.ts`, 1] as const);
  assert.equal(findOversized(new Map([...BALANCED, ...files("src/room1"), ...files("src/directives")])), [
    "src/room1: 32 files, expected at most 30",
  ]);
});

test.run();
