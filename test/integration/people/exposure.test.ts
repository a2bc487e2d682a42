import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ASSESSORS } from "../../../src/exposure/assessors.ts";
import { formatTenths, weigh } from "../../../src/exposure/score.ts";
import { dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";
import { DIFFERENCES } from "../../support/systemd/exposureDifferences.ts";
import { exposureUnits } from "../../support/systemd/exposureUnits.ts";
import { askSystemd, type Verdict, type VerdictRow } from "../../support/systemd/securityOracle.ts";

const UNITS = globSync(join(import.meta.dirname, "../run/units/*.service"));

interface Row {
  readonly json_field: string;
  readonly range: number;
  readonly after: { readonly badness: number | null; readonly exposure: number | null };
}

test("a unit is as exposed as systemd-analyze security says, row by row and in all", () => {
  withScratch((directory) => {
    const paths = [...UNITS, ...writeUnits(`${directory}/units`)];
    const verdicts = askSystemd(paths);
    const compared = paths.flatMap((path) => compare(path, verdicts.get(basename(path))));
    const problems = compared.flatMap((one) => one.problems);
    console.log(problems.join("\n"));
    const equal = compared.filter(({ isEqual }) => isEqual).length;
    console.log(`${compared.length} units compared, ${equal} with the very same total`);
    assert.is(problems.length, 0);
    assert.ok(equal >= 50, `only ${equal} units have the same total`);
  });
});

function writeUnits(directory: string): readonly string[] {
  mkdirSync(directory);
  return [...exposureUnits()].map(([name, text]) => {
    writeFileSync(`${directory}/${name}`, text);
    return `${directory}/${name}`;
  });
}

interface Compared {
  readonly isEqual: boolean;
  readonly problems: readonly string[];
}

function compare(path: string, verdict: Verdict | undefined): readonly Compared[] {
  const { code, output } = dynuser(["analyze", "--json", "--unit", path]);
  // Units that one of the two does not start have other tests.
  if (code !== 0 || verdict === undefined) return [];
  const text = readFileSync(path, "utf8");
  const { after, rows } = JSON.parse(output) as {
    readonly after: { readonly exposure: number };
    readonly rows: readonly Row[];
  };
  const explained = rows.filter(({ json_field }) => isExplained(json_field, text));
  const unexplained = rows.filter((row) => !explained.includes(row) && !isSame(row, rowOf(verdict, row)));
  const total = totalOf(
    rows.map((row) => ({
      ...row,
      badness: explained.includes(row) ? badnessOf(row, rowOf(verdict, row)) : row.after.badness,
    })),
  );
  const place = `${basename(path)} (${text.trim().split("\n").slice(1).join(", ")})`;
  const problems = [
    ...unexplained.map(
      (row) => `${place}: ${row.json_field} ${row.after.exposure}, systemd ${rowOf(verdict, row).exposure}`,
    ),
    ...(unexplained.length === 0 && total !== verdict.overall
      ? [`${place}: ${total} in all, systemd ${verdict.overall}`]
      : []),
  ];
  return [{ isEqual: after.exposure.toFixed(1) === verdict.overall, problems }];
}

function rowOf(verdict: Verdict, { json_field }: Row): VerdictRow {
  return verdict.rows.find((row) => row.json_field === json_field)!;
}

/** What a row costs says how bad it is; so does whether it is asked. */
function isSame({ after }: Row, { set, exposure }: VerdictRow): boolean {
  if (set === null) return after.badness === null;
  return after.badness !== null && Number(exposure ?? 0) === after.exposure;
}

/** systemd prints no badness for rows that are not good; its texts distinguish partial ones. */
const WORDS = [
  { pattern: /only localhost/, badness: 2 },
  { pattern: /non-localhost|ACL with some special devices/, badness: 5 },
  { pattern: /multiple ABIs/, badness: 8 },
  { pattern: /call allow list/, badness: 9 },
] as const;

function badnessOf({ range }: Row, { set, description }: VerdictRow): number | null {
  if (set === null) return null;
  if (set) return 0;
  return WORDS.find(({ pattern }) => pattern.test(description))?.badness ?? range;
}

function totalOf(rows: readonly { readonly json_field: string; readonly badness: number | null }[]): string {
  const found = ASSESSORS.map(
    (assessor) =>
      [assessor, rows.find(({ json_field }) => json_field === assessor.field)!.badness ?? undefined] as const,
  );
  return formatTenths(weigh(found).tenths);
}

function isExplained(field: string, text: string): boolean {
  return DIFFERENCES.some(({ rows, when }) => rows.test(field) && when.test(text));
}

test.run();
