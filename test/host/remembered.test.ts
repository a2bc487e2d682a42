import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { remember } from "../../src/host/remembered.ts";

test("a result is computed once for each input, and big numbers survive", () => {
  const cache = mkdtempSync(join(tmpdir(), "dynuser-remembered-"));
  let computed = 0;
  const ask = (input: unknown) => remember(input, () => ({ count: ++computed, big: 2n ** 64n - 1n }), cache);
  assert.is(ask({ a: 1n }).count, 1);
  assert.is(JSON.stringify(ask({ a: 1n })), '{"count":1,"big":18446744073709551615}');
  assert.is(ask({ a: 2n }).count, 2);
  for (let i = 0; i < 200; i++) ask(i);
  assert.ok(readdirSync(cache).length <= 64);
  rmSync(cache, { recursive: true });
});

test("a damaged result is computed again", () => {
  const cache = mkdtempSync(join(tmpdir(), "dynuser-remembered-"));
  remember("x", () => 1, cache);
  for (const name of readdirSync(cache)) writeFileSync(join(cache, name), damaged(join(cache, name)));
  assert.is(
    remember("x", () => 2, cache),
    2,
  );
  rmSync(cache, { recursive: true });
});

function damaged(path: string): string {
  return `${readFileSync(path, "utf8").split("\n")[0]}\n{`;
}

test.run();
