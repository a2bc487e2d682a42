import { test } from "uvu";
import * as assert from "uvu/assert";
import { findUnused } from "../../src/tools/unusedExports.ts";

test("an export that no other file uses is reported", () => {
  const sources = new Map([["src/a.ts", "export function lonely() {}\nlonely();\n"]]);
  assert.equal(findUnused(sources), ["src/a.ts: lonely: exported, and no other file uses it"]);
});

test("code that only tests use is reported, an export for the test of used code is not", () => {
  const sources = new Map([
    ["src/a.ts", "export const dead = 1;\nexport const tested = 2;\nconsole.log(tested);\n"],
    ["test/a.test.ts", "dead + tested;\n"],
  ]);
  assert.equal(findUnused(sources), ["src/a.ts: dead: only tests use it"]);
});

test("an export that another source file uses is none of both", () => {
  const sources = new Map([
    ["src/a.ts", "export const used = 1;\n"],
    ["src/b.ts", "console.log(used);\n"],
  ]);
  assert.equal(findUnused(sources), []);
});

test("a name in a comment is no use", () => {
  const sources = new Map([
    ["src/a.ts", "export const lonely = 1;\n"],
    ["src/b.ts", "// lonely\n/* lonely */\n"],
  ]);
  assert.is(findUnused(sources).length, 1);
});

test.run();
