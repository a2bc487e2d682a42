import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { contextOf, planOf } from "../support/bundles/plan.ts";
import { SAMPLES } from "../support/directives/samples.ts";
import { SITUATION } from "../support/directives/situation.ts";

const rows = new Set(DIRECTIVES.values());
/** TimeoutSec= has no value, as it assigns other directives. */
const supported = [...rows].filter(
  ({ support, expandsTo }) => (support === "full" || support === "partial") && expandsTo === undefined,
);

test("every supported directive has a sample, and every sample is of one", () => {
  assert.equal(Object.keys(SAMPLES).sort(), supported.map(({ name }) => name).sort());
});

for (const row of supported) {
  const sample = SAMPLES[row.name];
  if (sample === undefined) continue;
  const { settings, value, yields } = sample;

  test(`${settings.split("\n")[0]} yields what its sample states`, () => {
    assert.match(settings, new RegExp(`^${row.name}=`));
    if (yields === undefined) assert.equal([row.plan, row.filter], [undefined, undefined], "the sample has no changes");
    else assert.equal(planOf(row.name, settings, SITUATION), yields);
    if (yields === undefined || value !== undefined)
      assert.equal(contextOf(settings, SITUATION).service.get(row), value);
  });
}

test.run();
