import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import recorded from "../support/systemd/serviceDirectives.json" with { type: "json" };

for (const { version, names } of recorded.versions) {
  test(`every directive that ${version} accepts in [Service] has a row`, () => {
    assert.equal(
      names.filter((name) => !DIRECTIVES.has(name)),
      [],
    );
  });
}

test("a directive that is newer than the first recorded version has the version that introduced it", () => {
  const [first, ...newer] = recorded.versions;
  const added = newer.flatMap(({ names }) => names).filter((name) => !first!.names.includes(name));
  assert.equal(
    [...new Set(DIRECTIVES.values())]
      .filter(({ since }) => since !== undefined)
      .map(({ name }) => name)
      .sort(),
    [...new Set(added)].sort(),
  );
});

test.run();
