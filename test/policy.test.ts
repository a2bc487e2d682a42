import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Directive, Effect } from "../src/directive.ts";
import type { UserErrors } from "../src/errors.ts";
import { admits, refuseForbidden } from "../src/policy.ts";

function row(name: string, effect: Effect): Directive {
  return { name, effect, summary: "", support: "full", value: { syntax: "text", parse: (text) => text } };
}

const ROWS = [
  row("ProtectSystem", "takes"),
  row("BindPaths", "gives"),
  row("StateDirectory", "directory"),
  row("Environment", "neutral"),
  row("DynamicUser", "identity"),
  row("SupplementaryGroups", "identity"),
];

const ALLOWED = {
  all: ["ProtectSystem", "BindPaths", "StateDirectory", "Environment", "DynamicUser", "SupplementaryGroups"],
  safe: ["ProtectSystem", "StateDirectory", "Environment", "DynamicUser"],
  tenant: ["ProtectSystem", "StateDirectory", "DynamicUser"],
  tighten: ["ProtectSystem"],
} as const;

for (const policy of ["all", "safe", "tenant", "tighten"] as const) {
  test(`${policy} allows ${ALLOWED[policy].join(", ")}`, () => {
    assert.equal(
      ROWS.filter((one) => admits({ policy, maxima: {} }, one)).map(({ name }) => name),
      ALLOWED[policy],
    );
  });
}

test("a list allows just what it names", () => {
  assert.equal(
    ROWS.filter((one) => admits({ policy: ["BindPaths"], maxima: {} }, one)).map(({ name }) => name),
    ["BindPaths"],
  );
});

test("an older name does not get round a maximum", () => {
  assert.not(admits({ policy: "all", maxima: { MemoryMax: ["1G"] } }, row("MemoryLimit", "takes")));
});

test("a refusal names every key once, the engine and the policy", () => {
  const directives = new Map(ROWS.map((one) => [one.name, one]));
  const assignment = (name: string) => ({ name });
  try {
    const written = ["BindPaths", "BindPaths", "ProtectSystem", "SupplementaryGroups", "Unknown"].map(assignment);
    refuseForbidden(written, { policy: "safe", maxima: {} }, "podman", directives);
    assert.unreachable();
  } catch (error) {
    const { problems } = error as UserErrors;
    assert.is(problems.length, 2);
    assert.match(problems[0]!, "cannot take BindPaths= from an annotation: policy of podman is safe");
    assert.match(problems[1]!, "SupplementaryGroups=");
  }
});

test.run();
