import { test } from "uvu";
import * as assert from "uvu/assert";
import { streamsOf } from "../../../src/commands/run/streams.ts";
import { contextOf } from "../../support/plan.ts";

const OURS = { kind: "ours" };
const NULL = { kind: "null" };

function streams(settings: string, step: "ExecStart" | "ExecStartPre" | "ExecStop" = "ExecStart") {
  return streamsOf(contextOf(`UMask=0022\n${settings}`.trim()).service, step);
}

test("by default they are those of the caller, and only the main command reads", () => {
  assert.equal(streams(""), [OURS, OURS, OURS]);
  assert.equal(streams("", "ExecStartPre"), [NULL, OURS, OURS]);
  assert.equal(streams("StandardOutput=journal\nStandardError=kmsg"), [OURS, OURS, OURS]);
});

test("errors follow output that goes elsewhere", () => {
  const file = { kind: "file", path: "/x", mode: "append" };
  assert.equal(streams("StandardOutput=append:/x"), [OURS, file, { kind: "same", as: 1 }]);
  assert.equal(streams("StandardOutput=append:/x\nStandardError=append:/x"), [OURS, file, { kind: "same", as: 1 }]);
  assert.equal(streams("StandardOutput=append:/x\nStandardError=journal"), [OURS, file, OURS]);
});

test("output that inherits goes where a file of input comes from", () => {
  const file = { kind: "file", path: "/x", mode: "read" };
  assert.equal(streams("StandardInput=file:/x"), [file, OURS, OURS]);
  const same = [file, { kind: "same", as: 0 }, { kind: "same", as: 1 }];
  assert.equal(streams("StandardInput=file:/x\nStandardOutput=inherit"), same);
  assert.equal(streams("StandardInput=file:/x\nStandardOutput=file:/x")[0], { ...file, mode: "readWrite" });
});

test("a terminal is for the commands of the start", () => {
  const terminal = { kind: "file", path: "/dev/tty9", mode: "terminal" };
  assert.equal(streams("StandardInput=tty\nTTYPath=/dev/tty9")[0], terminal);
  assert.equal(streams("StandardInput=tty\nTTYPath=/dev/tty9", "ExecStop")[0], NULL);
});

test("text is data, whatever else is said of input but a file", () => {
  assert.equal(streams("StandardInputText=hello")[0], { kind: "data", bytes: Buffer.from("hello\n") });
  assert.equal(streams("StandardInput=data")[0], NULL);
});

test.run();
