import { test } from "uvu";
import * as assert from "uvu/assert";
import { lifecycleOf } from "../../src/run/lifecycle.ts";
import { add, judge, resultVariables, SUCCESS } from "../../src/run/outcome.ts";
import { contextOf } from "../support/bundles/plan.ts";

const COMMAND = { file: "/x", argv: ["/x"], expand: true, mayFail: false, privileges: "service" } as const;

function life(settings: string) {
  return lifecycleOf(contextOf(`ExecStart=/x\n${settings}`.trim()).service, []);
}

test("the exit code is the command's, even if the signal is a clean end", () => {
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

test("a signal is no clean end of a oneshot command", () => {
  const judged = judge({ end: { signal: 15 }, code: 143 }, COMMAND, "ExecStart", life("Type=oneshot"));
  assert.equal(judged, { result: "signal", code: 143 });
});

test("SuccessExitStatus= and the prefix - turn a failure into a success", () => {
  const good = { result: "success", code: 0 };
  const lenient = life("SuccessExitStatus=75 SIGKILL");
  assert.equal(judge({ end: { code: 75 }, code: 75 }, COMMAND, "ExecStart", lenient), good);
  assert.equal(judge({ end: { signal: 9 }, code: 137 }, COMMAND, "ExecStart", lenient), good);
  assert.equal(judge({ end: { code: 1 }, code: 1 }, { ...COMMAND, mayFail: true }, "ExecStart", life("")), good);
});

test("ExecCondition= skips the service, or fails it with 255", () => {
  const condition = (code: number) => judge({ end: { code }, code }, COMMAND, "ExecCondition", life(""));
  assert.equal(condition(1), { result: "exec-condition", code: 0 });
  assert.equal(condition(255), { result: "exit-code", code: 255 });
});

test("the first failure and the first exit code stay", () => {
  const first = add(SUCCESS, { result: "timeout", code: 0 });
  assert.equal(add(first, { result: "signal", code: 137 }), { result: "timeout", code: 137 });
});

test("commands of the stop get $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS", () => {
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
  assert.equal(resultVariables(SUCCESS), { SERVICE_RESULT: "success" });
});

test("TimeoutStartSec= is infinite for oneshot and 90 s for other types", () => {
  assert.is(life("Type=oneshot").timeouts.start, Number.POSITIVE_INFINITY);
  assert.is(life("").timeouts.start, 90_000);
  assert.is(life("TimeoutSec=0").timeouts.stop, Number.POSITIVE_INFINITY);
});

test("Type=notify and WatchdogSec= imply NotifyAccess=main", () => {
  assert.is(life("").notifyAccess, "none");
  assert.is(life("Type=notify").notifyAccess, "main");
  assert.is(life("WatchdogSec=1").notifyAccess, "main");
  assert.is(life("Type=notify\nNotifyAccess=all").notifyAccess, "all");
});

test.run();
