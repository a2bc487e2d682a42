import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEdits } from "../../src/apply/apply.ts";
import { parseConfiguration } from "../../src/config/parse.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { MAXIMA } from "../../src/engine/request/amount.ts";
import { readAnnotations } from "../../src/engine/request/annotations.ts";
import { UserError, UserErrors } from "../../src/errors.ts";
import type { Directive } from "../../src/model/directive.ts";
import { editsOf, makePlan } from "../../src/model/plan.ts";
import { readProfile } from "../../src/settings/profile.ts";
import { readService } from "../../src/settings/read.ts";
import { readUnitFile } from "../../src/settings/unitFile.ts";
import { specifiersOf } from "../../src/values/specifiers.ts";
import { contextOf, DYNAMIC } from "../support/bundles/plan.ts";
import { makeRandom } from "../support/random.ts";
import { FACTS, randomSpec } from "../support/randomContainers.ts";
import { countSteps } from "../support/steps.ts";

/** Words of many grammars, another one for each number. */
const WORDS: readonly ((number: number) => string)[] = [
  (i) => `-/x${i}`,
  (i) => `/data/x${i}`,
  (i) => `-/x/y/z/${i}`,
  (i) => `-/x${i}:/y${i}`,
  (i) => `d${i}`,
  (i) => `d${i}:l${i}`,
  (i) => `d${i}/e`,
  (i) => `A${i}=1`,
  (i) => `10.${(i >> 8) & 255}.${i & 255}.0/24`,
  (i) => `${i % 255}`,
  () => "mount",
  () => "AF_INET",
  () => "CAP_CHOWN",
  () => "net",
];

const LISTS = [...new Set(DIRECTIVES.values())].filter(
  ({ value, support }) => value.merge !== undefined && support !== "refused",
);
const SPEC = randomSpec(makeRandom(1));

/** All that is computed for a container's start. */
function start(row: Directive, value: string): void {
  const specifiers = specifiersOf("web.service", () => "host");
  const { settings } = readAnnotations({ [`dynuser/${row.name}`]: value })!;
  const { service } = readService(settings, { directives: DIRECTIVES, specifiers });
  const context = { ...contextOf("DynamicUser=no", { spec: SPEC, facts: FACTS }), service, identity: DYNAMIC };
  applyEdits(SPEC, editsOf(makePlan(context).edits), FACTS);
}

function stepsOf(work: () => void): number {
  return countSteps(() => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
    }
  });
}

/** The first words that the row's grammar takes, and one that it does not. */
function wordsOf({ value }: Directive): typeof WORDS {
  const reading = { expand: (text: string) => text, complain: (found: string) => assert.unreachable(found) };
  const isTaken = (word: (number: number) => string) => {
    try {
      value.parse(word(1), reading);
      return true;
    } catch {
      return false;
    }
  };
  return [...WORDS.filter(isTaken).slice(0, 3), (i) => `?${i}`];
}

for (const row of LISTS) {
  test(`${row.name}= costs no more than its length, in one line and in many`, () => {
    for (const separator of [" ", "\n"]) {
      for (const word of wordsOf(row)) {
        const text = (count: number) => Array.from({ length: count }, (_, i) => word(i)).join(separator);
        const [few, many] = [MAXIMA.words / 16, MAXIMA.words / 2].map((count) =>
          stepsOf(() => start(row, text(count))),
        );
        const most = 8 * 1.6 * few! + 20_000;
        assert.ok(many! < most, `${row.name}=${word(0)}: ${few} steps for an eighth, ${many} for all`);
      }
    }
  });
}

const ENTRIES = 100_000;
const TEXTS: Readonly<Record<string, readonly [text: string, read: (text: string) => unknown]>> = {
  "a unit of many lines": [
    `[Service]\n${"InaccessiblePaths=-/x\n".repeat(ENTRIES / 4)}`,
    (text) => readUnitFile(text, "u"),
  ],
  "a unit of one line": [`[Service]\nInaccessiblePaths=${"-/x ".repeat(ENTRIES)}`, (text) => readUnitFile(text, "u")],
  "a configuration": [
    `engines: { podman: { profiles: [${"x,".repeat(ENTRIES)}x] } }`,
    (text) => parseConfiguration(text, "c"),
  ],
  "100,000 assignments of a unit": [`[Service]\n${"U=1\n".repeat(ENTRIES)}`, (text) => readUnitFile(text, "u")],
};

for (const [title, [text, read]] of Object.entries(TEXTS)) {
  test(`${title} costs at most some steps for each byte`, () => {
    const steps = stepsOf(() => read(text));
    assert.ok(steps < 20 * text.length, `${steps} steps for ${text.length} bytes`);
  });
}

test("a profile of 400,000 entries is refused in one line", async () => {
  const text = `InaccessiblePaths: [${"/x,".repeat(4 * ENTRIES)}/x]\n`;
  try {
    await readProfile(text, "p.yaml");
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, `cannot read p.yaml: found ${text.length} bytes, expected 1 MiB at most`);
  }
});

test.run();
