import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { missingTests, namedTests } from "../support/namedTests.ts";

const ROOT = join(import.meta.dirname, "../..");
const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
const rows = text.split("\n").filter((line) => /^\| R\d+ \|/.test(line));

test("every requirement has a row, in its order", () => {
  assert.equal(
    rows.map((row) => /^\| (R\d+) \|/.exec(row)![1]),
    Array.from({ length: 37 }, (_, index) => `R${index + 1}`),
  );
});

test("every claim names a test, in a file that is there", () => {
  const attempts = text.split("\n").filter((line) => /^\| [A-F]\d+/.test(line));
  const claims = [...rows, ...attempts];
  for (const { path } of claims.flatMap(namedTests)) assert.ok(existsSync(join(ROOT, path)), path);
  const unproven = claims.filter((claim) => namedTests(claim).length === 0);
  assert.equal(
    unproven.map((claim) => claim.slice(0, 5)),
    ["| R19"],
    "which says why it is not met",
  );
});

test("a test that is named and did not run is found, also by a part of its title", () => {
  const claim = 'as `test/a.test.ts` "holds" and `test/b.test.ts` "of another" show';
  assert.equal(missingTests(claim, new Map([["test/a.test.ts", ["it holds, always"]]])), []);
  const ran = new Map([
    ["test/a.test.ts", []],
    ["test/b.test.ts", ["one of another file"]],
  ]);
  assert.equal(missingTests(claim, ran), ['names "holds" of test/a.test.ts, found no test of that title that ran']);
});

test("every file of the source that is named is there", () => {
  const named = [...text.matchAll(/`(src\/[\w/]+\.ts)`/g)].map(([, path]) => path!);
  assert.ok(named.length > 0);
  for (const path of named) assert.ok(existsSync(join(ROOT, path)), path);
});

test.run();
