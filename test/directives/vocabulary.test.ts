import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import recorded from "../support/serviceDirectives.json" with { type: "json" };

test(`every name that ${recorded.version} knows in [Service] is a row`, () => {
  assert.equal(
    recorded.names.filter((name) => !DIRECTIVES.has(name)),
    [],
  );
});

test.run();
