import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRandomProfiles } from "../support/seccomp/sameAsSeparateFilters.ts";

const CASES = 100_000;

test("one profile does what the engine's and all filters do one after the other, a hundred thousand times", () => {
  let tried = 0;
  for (let seed = 0; tried < CASES; seed++) {
    const compared = compareRandomProfiles(seed);
    assert.equal(compared.differences, []);
    tried += compared.tried;
  }
});

test.run();
