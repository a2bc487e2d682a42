import { test } from "uvu";
import * as assert from "uvu/assert";
import { lifecycleOf } from "../../../src/commands/run/lifecycle.ts";
import { add, judge, resultVariables, SO_FAR_SO_GOOD } from "../../../src/commands/run/verdict.ts";
import { contextOf } from "../../support/plan.ts";

const COMMAND = { file: "/x", argv: ["/x"], expand: true, mayFail: false, privileges: "service" } as const;

function life(settings: string) {
  return lifecycleOf(contextOf(`ExecStart=/x\n${settings}`.trim()).service, []);
}

test("the exit code is the command's, also where a signal is a clean end", () => {
  const simple = life("Type=simple");
  assert.equal(judge({ end: { code: 7 }, code: 7 }, COMMAND, "ExecStart", simple), { result: "exit-code", code: 7 });
  assert.equal(judge({ end: { signal: 15 }, code: 143 }, COMMAND, "ExecStart", simple), {
    result: "success",
    code: 143,
  });
  assert.equal(judge({ end: { signal: 9 }, code: 137 }, COMMAND, "ExecStart", simple), { result: "signal", code: 137 });
  const dumped = judge({ end: { signal: 11, dumped: true }, code: 139 }, COMMAND, "ExecStart", simple);
  assert.equal(dumped, { result: "core-dump", code: 139 });
});

test("a signal is no clean end of a command that is to end by itself", () => {
  const judged = judge({ end: { signal: 15 }, code: 143 }, COMMAND, "ExecStart", life("Type=oneshot"));
  assert.equal(judged, { result: "signal", code: 143 });
});

test("what counts as a success is one", () => {
  const good = { result: "success", code: 0 };
  const lenient = life("SuccessExitStatus=75 SIGKILL");
  assert.equal(judge({ end: { code: 75 }, code: 75 }, COMMAND, "ExecStart", lenient), good);
  assert.equal(judge({ end: { signal: 9 }, code: 137 }, COMMAND, "ExecStart", lenient), good);
  assert.equal(judge({ end: { code: 1 }, code: 1 }, { ...COMMAND, mayFail: true }, "ExecStart", life("")), good);
});

test("a condition skips the service, or fails it with 255", () => {
  const condition = (code: number) => judge({ end: { code }, code }, COMMAND, "ExecCondition", life(""));
  assert.equal(condition(1), { result: "exec-condition", code: 0 });
  assert.equal(condition(255), { result: "exit-code", code: 255 });
});

test("the first failure stays, and the first exit code", () => {
  const first = add(SO_FAR_SO_GOOD, { result: "timeout", code: 0 });
  assert.equal(add(first, { result: "signal", code: 137 }), { result: "timeout", code: 137 });
});

test("commands of the stop are told in systemd's words", () => {
  assert.equal(resultVariables({ result: "exit-code", code: 3, mainEnd: { code: 3 } }), {
    SERVICE_RESULT: "exit-code",
    EXIT_CODE: "exited",
    EXIT_STATUS: "3",
  });
  assert.equal(resultVariables({ result: "core-dump", code: 139, mainEnd: { signal: 11, dumped: true } }), {
    SERVICE_RESULT: "core-dump",
    EXIT_CODE: "dumped",
    EXIT_STATUS: "SEGV",
  });
  assert.equal(resultVariables(SO_FAR_SO_GOOD), { SERVICE_RESULT: "success" });
});

test("a oneshot service may take any time to start, others 90 seconds", () => {
  assert.is(life("Type=oneshot").timeouts.start, Number.POSITIVE_INFINITY);
  assert.is(life("").timeouts.start, 90_000);
  assert.is(life("TimeoutSec=0").timeouts.stop, Number.POSITIVE_INFINITY);
});

test("who has to notify may", () => {
  assert.is(life("").notifyAccess, "none");
  assert.is(life("Type=notify").notifyAccess, "main");
  assert.is(life("WatchdogSec=1").notifyAccess, "main");
  assert.is(life("Type=notify\nNotifyAccess=all").notifyAccess, "all");
});

test.run();
