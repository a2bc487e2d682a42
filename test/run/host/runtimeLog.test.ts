import { test } from "uvu";
import * as assert from "uvu/assert";
import { lastError, readLogEntries } from "../../../src/run/host/runtimeLog.ts";

const LINES = '{"level":"warning","msg":"a {brace}"}\n{"msg":"not \\"found\\"","level":"error"}\n';
const SPREAD = '{\n  "msg": "`\\/nowhere` not found",\n  "level": "error"\n}\n';

test("a log has its entries in one line each or spread over several", () => {
  assert.is(lastError(LINES), 'not "found"');
  assert.is(lastError(SPREAD), "`/nowhere` not found");
  assert.is(readLogEntries(LINES + SPREAD + LINES).length, 5);
});

test("a log that is empty, cut short or no JSON is read as far as it goes", () => {
  assert.is(lastError(""), undefined);
  assert.is(lastError(`${LINES}{"msg":"cut`), '{"msg":"cut');
  assert.is(lastError("plain text\n"), "plain text");
  assert.is(lastError('{"level":"warning","msg":"only a warning"}'), undefined);
});

test.run();
