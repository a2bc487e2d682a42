import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareStarts, type Difference, type Start } from "../support/compare.ts";
import { type Laboratory, openLaboratory, type RuntimeName } from "../support/laboratory.ts";
import { assertValidSpec } from "../support/specSchema.ts";
import { usedDirectives } from "../support/usedDirectives.ts";

const UNITS = globSync(join(import.meta.dirname, "units/*.service")).sort();
const RUNTIMES: readonly RuntimeName[] = ["crun", "runc"];

let laboratory: Laboratory;
const tolerated = new Map<string, Set<string>>();

test.before(async () => {
  laboratory = await openLaboratory();
  laboratory.addUnits(UNITS);
});

test.after(async () => {
  for (const [because, where] of tolerated) console.log(`\ntolerated: ${because}: ${[...where].sort().join(", ")}`);
  await laboratory?.stop();
});

for (const path of UNITS) {
  const unit = basename(path);
  const text = readFileSync(path, "utf8");
  // What a first start leaves on disk is what the second one meets.
  const starts = /Directory(?:Mode)?=/.test(text) ? 2 : 1;
  let expected: readonly Start[];

  test(`systemd starts ${unit}`, () => {
    expected = startRepeatedly(starts, () => laboratory.startWithSystemd(unit));
    assert.is(expected.length, starts);
  });

  for (const runtime of RUNTIMES) {
    const obstacle = new RegExp(`^# not with ${runtime}: (.*)$`, "m").exec(text)?.[1];
    if (obstacle !== undefined) {
      console.log(`\nnot compared: ${unit} with ${runtime}: ${obstacle}`);
      continue;
    }
    test(`dynuser with ${runtime} does with ${unit} what systemd does`, () => {
      const found = startRepeatedly(starts, () => laboratory.startWithDynuser(unit, runtime));
      const report = found.flatMap((start, turn) => compareTurn(expected[turn]!, start, { unit, text, runtime }));
      for (const text of report) console.log(`\n${unit} with ${runtime}:\n${text}`);
      assert.is(report.length, 0, "they differ, see above");
      const spec = laboratory.lastSpec();
      if (spec !== undefined) assertValidSpec(spec);
    });
  }
}

function startRepeatedly(times: number, start: () => Start): readonly Start[] {
  try {
    return Array.from({ length: times }, start);
  } finally {
    laboratory.clean();
  }
}

interface Case {
  readonly unit: string;
  readonly text: string;
  readonly runtime: RuntimeName;
}

function compareTurn(expected: Start, found: Start, { unit, text, runtime }: Case): readonly string[] {
  const directives = usedDirectives(unit, text);
  const verdict = compareStarts(expected, found, { directives, runtime, outside: laboratory.outside });
  for (const difference of verdict.tolerated) {
    const where = tolerated.get(difference.because) ?? new Set();
    tolerated.set(difference.because, where.add(difference.field));
  }
  if (verdict.differences.length === 0) return [];
  const said = [`systemd said: ${expected.messages}`, `dynuser said: ${found.messages}`];
  return [[...verdict.differences.map(line), ...said].join("\n")];
}

function line({ field, expected, found }: Difference): string {
  return `  ${field}: systemd ${expected} | dynuser ${found}`;
}

test.run();
