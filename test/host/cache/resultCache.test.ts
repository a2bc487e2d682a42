import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoize } from "../../../src/host/cache/resultCache.ts";

test("a result is computed once for each input, and big numbers survive", () => {
  const cache = mkdtempSync(join(tmpdir(), "dynuser-remembered-"));
  let computed = 0;
  const ask = (input: unknown) => memoize(cache)([input], () => ({ count: ++computed, big: 2n ** 64n - 1n }));
  assert.is(ask({ a: 1n }).count, 1);
  assert.is(JSON.stringify(ask({ a: 1n })), '{"count":1,"big":18446744073709551615}');
  assert.is(ask({ a: 2n }).count, 2);
  for (let i = 0; i < 200; i++) ask(i);
  assert.is(readdirSync(cache).length, 64, "the oldest go");
  const before = computed;
  ask(199);
  assert.is(computed, before);
  rmSync(cache, { recursive: true });
});

test("a damaged result is computed again", () => {
  const cache = mkdtempSync(join(tmpdir(), "dynuser-remembered-"));
  memoize(cache)(["x"], () => 1);
  for (const name of readdirSync(cache)) writeFileSync(join(cache, name), "{");
  const ask = memoize(cache);
  assert.is(
    ask(["x"], () => 2),
    2,
  );
  rmSync(cache, { recursive: true });
  assert.is(
    ask(["x"], () => 3),
    2,
    "a second call reads no file",
  );
});

test.run();
