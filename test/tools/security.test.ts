import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = join(import.meta.dirname, "../..");
const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
const rows = text.split("\n").filter((line) => /^\| R\d+ \|/.test(line));

test("every requirement has a row, in its order", () => {
  assert.equal(
    rows.map((row) => /^\| (R\d+) \|/.exec(row)![1]),
    Array.from({ length: 37 }, (_, index) => `R${index + 1}`),
  );
});

test("every test that is named is there", () => {
  const attempts = text.split("\n").filter((line) => /^\| [A-F]\d+/.test(line));
  const named = [...rows, ...attempts].flatMap((row) => [...row.matchAll(/`(test\/\S+\.test\.ts)` "([^"]+)"/g)]);
  for (const [, path, title] of named) {
    assert.ok(existsSync(join(ROOT, path!)), path);
    assert.ok(readFileSync(join(ROOT, path!), "utf8").includes(title!), `${path}: ${title}`);
  }
  // one row says why its requirement is not met
  assert.is(named.length, rows.length + attempts.length - 1);
});

test("every file of the source that is named is there", () => {
  const named = [...text.matchAll(/`(src\/[\w/]+\.ts)`/g)].map(([, path]) => path!);
  assert.ok(named.length > 0);
  for (const path of named) assert.ok(existsSync(join(ROOT, path)), path);
});

test.run();
