import { basename } from "node:path";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { assertValidSpec } from "../bundles/specSchema.ts";
import { type Laboratory, openLaboratory, type RuntimeName } from "../hosts/comparisonHost.ts";
import type { Furnishing } from "../hosts/systemdHost.ts";
import { compareStarts, type Difference, type Start } from "./compare.ts";
import { usedDirectives } from "./usedDirectives.ts";

export interface UnitFile {
  /** Its base name is the unit's name; there when the tests run. */
  readonly path: string;
  readonly text: string;
}

const RUNTIMES: readonly RuntimeName[] = ["crun", "runc"];

/** Declares tests: each unit is started by systemd (257 unless another tree is given) and by dynuser with both runtimes, and all that is seen is the same. */
export function holdAgainstSystemd(test: Test, units: readonly UnitFile[], furnishing: Furnishing = {}): void {
  let laboratory: Laboratory;
  const tolerated = new Map<string, Set<string>>();

  test.before(async () => {
    laboratory = await openLaboratory(furnishing);
    laboratory.addUnits(units.map(({ path }) => path));
  });

  test.after(async () => {
    for (const [because, where] of tolerated) console.log(`\ntolerated: ${because}: ${[...where].sort().join(", ")}`);
    await laboratory?.stop();
  });

  for (const { path, text } of units) {
    const unit = basename(path);
    // What a first start leaves on disk is what the second one meets.
    const starts = /Directory(?:Mode)?=/.test(text) ? 2 : 1;
    let expected: readonly Start[];

    test(`systemd starts ${unit}`, () => {
      expected = startRepeatedly(laboratory, starts, () => laboratory.startWithSystemd(unit));
      assert.is(expected.length, starts);
    });

    for (const runtime of RUNTIMES) {
      const obstacle = new RegExp(`^# not with ${runtime}: (.*)$`, "m").exec(text)?.[1];
      if (obstacle !== undefined) {
        console.log(`\nnot compared: ${unit} with ${runtime}: ${obstacle}`);
        continue;
      }
      test(`dynuser with ${runtime} does with ${unit} what systemd does`, () => {
        const found = startRepeatedly(laboratory, starts, () => laboratory.startWithDynuser(unit, runtime));
        const question = { directives: usedDirectives(unit, text), runtime, outside: laboratory.outside };
        const verdicts = found.map((start, turn) => compareStarts(expected[turn]!, start, question));
        for (const { because, field } of verdicts.flatMap((verdict) => verdict.tolerated))
          tolerated.set(because, (tolerated.get(because) ?? new Set()).add(field));
        const report = verdicts.flatMap(({ differences }, turn) =>
          describe(differences, expected[turn]!, found[turn]!),
        );
        if (report.length > 0) console.log(`\n${unit} with ${runtime}:\n${text}\n${report.join("\n")}`);
        assert.is(report.length, 0, "they differ, see above");
        const spec = laboratory.lastSpec();
        if (spec !== undefined) assertValidSpec(spec);
      });
    }
  }
}

function startRepeatedly(laboratory: Laboratory, times: number, start: () => Start): readonly Start[] {
  try {
    return Array.from({ length: times }, start);
  } finally {
    laboratory.clean();
  }
}

function describe(differences: readonly Difference[], expected: Start, found: Start): readonly string[] {
  if (differences.length === 0) return [];
  const lines = differences.map(
    ({ field, ...sides }) => `  ${field}: systemd ${sides.expected} | dynuser ${sides.found}`,
  );
  return [...lines, `systemd said: ${expected.messages}`, `dynuser said: ${found.messages}`];
}
