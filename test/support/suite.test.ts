import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const SUITE = join(import.meta.dirname, "suite.ts");

/** What a test file prints and its exit code; `text` finds `suite` and `test`. */
function runFile(text: string) {
  const code = `const { suite, test } = await import(${JSON.stringify(SUITE)}); ${text}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test("a file whose tests all run passes", () => {
  assert.is(runFile("test('a', () => {}); test.run()").status, 0);
});

test("a failed hook after a test fails the file, and the next tests run", () => {
  const { status, output } = runFile(`
    const s = suite('web');
    s.after.each(() => { throw new Error('left behind') });
    s('a', () => {}); s('b', () => console.log('b runs')); s.run()`);
  assert.is(status, 1);
  assert.match(output, /FAIL {2}after\.each web: a\nError: left behind/);
  assert.match(output, "b runs");
});

for (const [why, text, count] of [
  [
    "whose before failed",
    "test.before(() => { throw new Error('no engine') }); test('a', () => {}); test.run()",
    "0 of 1",
  ],
  ["without run()", "suite('web')('a', () => {}); test('b', () => {}); test.run()", "1 of 2"],
  ["that exits in the middle", "test('a', () => process.exit(0)); test('b', () => {}); test.run()", "1 of 2"],
] as const) {
  test(`a file ${why} fails with the number of tests that have run`, () => {
    const { status, output } = runFile(text);
    assert.is(status, 1, output);
    assert.match(output, `ended after ${count} tests`);
  });
}

test.run();
