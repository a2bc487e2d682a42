import { test } from "uvu";
import * as assert from "uvu/assert";
import { countStarts, delayBefore } from "../../../src/run/restart/policy.ts";

test("the wait grows from RestartSec= to RestartMaxDelaySec= in RestartSteps=", () => {
  const delay = { first: 100, longest: 1600, steps: 4, random: 0 };
  assert.equal(
    [1, 2, 3, 4, 5, 6].map((count) => Math.round(delayBefore(delay, count, 1))),
    [100, 200, 400, 800, 1600, 1600],
  );
});

test("it is constant without steps, a longest wait above it, or a first wait", () => {
  const delay = { first: 100, longest: 1600, steps: 4, random: 0 };
  for (const change of [{ steps: 0 }, { longest: Number.POSITIVE_INFINITY }, { longest: 50 }])
    assert.is(delayBefore({ ...delay, ...change }, 9, 1), 100);
  assert.is(delayBefore({ ...delay, first: 0 }, 9, 1), 0);
  assert.is(delayBefore({ ...delay, steps: 0, random: 50 }, 1, 0.5), 125);
});

test("starts are counted from one that is after the span of the one before", () => {
  const counter = countStarts({ interval: 1000, burst: 2 });
  assert.equal([0, 900, 1000, 1001, 1500, 1600, 2002].map(counter.allows), [
    true,
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
  for (const limit of [
    { interval: 0, burst: 2 },
    { interval: 1000, burst: 0 },
  ])
    assert.ok([1, 2, 3, 4].every(countStarts(limit).allows));
});

test.run();
