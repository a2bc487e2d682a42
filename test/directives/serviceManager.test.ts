import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { readService } from "../../src/sources/read.ts";
import { readUnitFile } from "../../src/sources/unitFile.ts";
import { planOf } from "../support/plan.ts";

const TEXT = "[Service]\nType=exec\nUser=web\nRestart=always\nTimeoutSec=5\nTimeoutStopSec=7\n";

function read(isRun: boolean) {
  const { settings } = readUnitFile(TEXT, "web.service");
  return readService(settings, { directives: DIRECTIVES, specifiers: () => undefined, isRun });
}

test("what only a service manager that stays can do is ignored, with a reason and its place", () => {
  assert.equal(read(true).warnings, [
    "ignoring Restart=: a start is one run: whoever called it starts it again (an engine's restart policy, a supervisor) (web.service:4)",
  ]);
});

test("what only dynuser run can do is ignored for an engine's container, with a reason and its place", () => {
  const ignored = read(false).warnings.map((line) => /^ignoring (\w+)=: .* \(web\.service:\d\)$/.exec(line)?.[1]);
  assert.equal(ignored, ["Type", "Restart", "TimeoutStartSec", "TimeoutStopSec", "TimeoutStopSec"]);
});

test("one setting may stand for several, and later ones still count", () => {
  const { service } = read(true);
  const get = (name: string) => service.get(DIRECTIVES.get(name)!);
  assert.is(get("TimeoutStartSec"), 5000);
  assert.is(get("TimeoutStopSec"), 7000);
  assert.is(get("TimeoutSec"), undefined);
});

test("a name that a program cannot be given is told", () => {
  assert.equal(planOf("ExecStart", "ExecStart=/bin/sh -c true"), []);
  assert.equal(planOf("ExecStart", "ExecStart=@/bin/sh renamed -c true"), [
    { kind: "warning", text: '"/bin/sh" bears its own name and not "renamed", despite @' },
  ]);
});

test.run();
