import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { readService } from "../../src/sources/read.ts";
import { readUnitFile } from "../../src/sources/unitFile.ts";

test("what only a service manager can do is ignored, with a reason and its place", () => {
  const { settings } = readUnitFile("[Service]\nType=exec\nUser=web\nRestart=always\n", "web.service");
  const { warnings } = readService(settings, { directives: DIRECTIVES, specifiers: () => undefined });
  assert.equal(warnings, [
    "ignoring Type=: there is no service manager: the container runs as long as its first process (web.service:2)",
    "ignoring Restart=: there is no service manager: use the restart policy of the engine (web.service:4)",
  ]);
});

test.run();
