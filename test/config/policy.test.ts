import { test } from "uvu";
import * as assert from "uvu/assert";
import { allows, forbiddenDirectives } from "../../src/config/policy.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";

const NAMES = ["ProtectSystem", "BindPaths", "StateDirectory", "Environment", "DynamicUser", "SupplementaryGroups"];
const ROWS = NAMES.map((name) => DIRECTIVES.get(name)!);

const ALLOWED = {
  all: ["ProtectSystem", "BindPaths", "StateDirectory", "Environment", "DynamicUser", "SupplementaryGroups"],
  safe: ["ProtectSystem", "StateDirectory", "Environment", "DynamicUser"],
  tenant: ["ProtectSystem", "StateDirectory", "DynamicUser"],
  tighten: ["ProtectSystem"],
} as const;

for (const policy of ["all", "safe", "tenant", "tighten"] as const) {
  test(`${policy} allows ${ALLOWED[policy].join(", ")}`, () => {
    assert.equal(
      ROWS.filter((one) => allows({ policy, maxima: {} }, one)).map(({ name }) => name),
      ALLOWED[policy],
    );
  });
}

test("a list allows just what it names", () => {
  assert.equal(
    ROWS.filter((one) => allows({ policy: ["BindPaths"], maxima: {} }, one)).map(({ name }) => name),
    ["BindPaths"],
  );
});

test("an older name does not get round a maximum", () => {
  assert.not(allows({ policy: "all", maxima: { MemoryMax: ["1G"] } }, DIRECTIVES.get("MemoryLimit")!));
});

test("every directive that the policy forbids is named once", () => {
  const written = ["BindPaths", "BindPaths", "ProtectSystem", "SupplementaryGroups", "Unknown"];
  const settings = written.map((name) => ({ name }));
  assert.equal(forbiddenDirectives(settings, { policy: "safe", maxima: {} }, DIRECTIVES), [
    "BindPaths",
    "SupplementaryGroups",
  ]);
});

test.run();
