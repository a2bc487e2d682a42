import { test } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { readService } from "../../src/settings/read.ts";
import { readUnitFile } from "../../src/settings/unitFile.ts";
import { planOf } from "../support/bundles/plan.ts";

const TEXT = "[Service]\nType=exec\nUser=web\nRestartKillSignal=SIGUSR1\nTimeoutSec=5\nTimeoutStopSec=7\n";

function read(isRun: boolean) {
  const { settings } = readUnitFile(TEXT, "web.service");
  return readService(settings, { directives: DIRECTIVES, specifiers: () => undefined, isRun });
}

test("a setting that only a service manager can honour is ignored, with the reason and the line", () => {
  assert.equal(read(true).warnings, [
    "ignoring RestartKillSignal=: a service is restarted only after it has ended (web.service:4)",
  ]);
});

test("a setting of dynuser run is ignored for an engine's container, with the reason and the line", () => {
  const ignored = read(false).warnings.map((line) => /^ignoring (\w+)=: .* \(web\.service:\d\)$/.exec(line)?.[1]);
  assert.equal(ignored, ["Type", "RestartKillSignal", "TimeoutStartSec", "TimeoutStopSec", "TimeoutStopSec"]);
});

test("TimeoutSec= sets two directives, and later assignments of them are used", () => {
  const { service } = read(true);
  const get = (name: string) => service.get(DIRECTIVES.get(name)!);
  assert.is(get("TimeoutStartSec"), 5000);
  assert.is(get("TimeoutStopSec"), 7000);
  assert.is(get("TimeoutSec"), undefined);
});

test("an argv[0] that differs from the program is reported", () => {
  assert.equal(planOf("ExecStart", "ExecStart=/bin/sh -c true"), []);
  assert.equal(planOf("ExecStart", "ExecStart=@/bin/sh renamed -c true"), [
    { kind: "warning", text: '"/bin/sh" keeps its path as argv[0] instead of "renamed", despite the prefix @' },
  ]);
});

test.run();
