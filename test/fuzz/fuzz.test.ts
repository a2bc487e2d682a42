import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findFaults, tryText } from "./campaign.ts";
import { TARGETS } from "./targets.ts";

const CORPUS = join(import.meta.dirname, "corpus");
const CASES = 20_000;

test("what once was read wrongly is read rightly", async () => {
  for (const file of readdirSync(CORPUS)) {
    const target = TARGETS.find(({ name }) => file.startsWith(`${name}-`))!;
    assert.is(await tryText(target, readFileSync(join(CORPUS, file), "utf8")), undefined, file);
  }
});

test(`${CASES} texts of every kind are read or refused, none crashes or hangs`, async () => {
  assert.equal(await findFaults(1, CASES), []);
});

test.run();
