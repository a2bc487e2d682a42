import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { countFixedPairs, simulateNodes } from "../support/identity/clusterScale.ts";
import { makeRandom } from "../support/random.ts";

const PAGE = readFileSync(new URL("../../docs/kubernetes-scale.md", import.meta.url), "utf8");
const PODS = 500_000;
const text = (count: number) => count.toLocaleString("en");

for (const pods of [PODS, 1_250_000]) {
  test(`${text(pods)} containers on 5,000 nodes find a UID each, as the page says`, () => {
    const { second, most, none } = simulateNodes({ nodes: 5000, pods }, makeRandom(1));
    const share = ((100 * second) / pods).toFixed(2);
    says(`| ${text(pods)} | 5,000 | ${pods / 5000} | ${text(second)} (${share} %) | ${most} | ${none} |`);
    assert.is(none, 0);
  });
}

for (const size of [4336, 1_000_000, 100_000_000, 1_000_000_000]) {
  test(`${text(PODS)} names share the ${text(size)} fixed UIDs as the page says`, () => {
    says(`| ${text(size)} | ${text(countFixedPairs(PODS, size))} |`);
  });
}

function says(row: string): void {
  assert.ok(PAGE.includes(row), `docs/kubernetes-scale.md does not say: ${row}`);
}

test.run();
