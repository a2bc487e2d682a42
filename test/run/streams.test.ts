import { test } from "uvu";
import * as assert from "uvu/assert";
import { streamsOf } from "../../src/run/streams.ts";
import { contextOf } from "../support/bundles/plan.ts";

const INHERITED = { kind: "inherited" };
const NULL = { kind: "null" };

function streams(settings: string, step: "ExecStart" | "ExecStartPre" | "ExecStop" = "ExecStart") {
  return streamsOf(contextOf(`UMask=0022\n${settings}`.trim()).service, step);
}

test("the default streams are the caller's, and only the main command reads", () => {
  assert.equal(streams(""), [INHERITED, INHERITED, INHERITED]);
  assert.equal(streams("", "ExecStartPre"), [NULL, INHERITED, INHERITED]);
  assert.equal(streams("StandardOutput=journal\nStandardError=kmsg"), [INHERITED, INHERITED, INHERITED]);
});

test("standard error follows redirected standard output", () => {
  const file = { kind: "file", path: "/x", mode: "append" };
  assert.equal(streams("StandardOutput=append:/x"), [INHERITED, file, { kind: "same", as: 1 }]);
  assert.equal(streams("StandardOutput=append:/x\nStandardError=append:/x"), [
    INHERITED,
    file,
    { kind: "same", as: 1 },
  ]);
  assert.equal(streams("StandardOutput=append:/x\nStandardError=journal"), [INHERITED, file, INHERITED]);
});

test("StandardOutput=inherit writes to the file of StandardInput=", () => {
  const file = { kind: "file", path: "/x", mode: "read" };
  assert.equal(streams("StandardInput=file:/x"), [file, INHERITED, INHERITED]);
  const same = [file, { kind: "same", as: 0 }, { kind: "same", as: 1 }];
  assert.equal(streams("StandardInput=file:/x\nStandardOutput=inherit"), same);
  assert.equal(streams("StandardInput=file:/x\nStandardOutput=file:/x")[0], { ...file, mode: "readWrite" });
});

test("only commands of the start have the terminal", () => {
  const terminal = { kind: "file", path: "/dev/tty9", mode: "terminal" };
  assert.equal(streams("StandardInput=tty\nTTYPath=/dev/tty9")[0], terminal);
  assert.equal(streams("StandardInput=tty\nTTYPath=/dev/tty9", "ExecStop")[0], NULL);
});

test("StandardInputText= overrides any input but a file", () => {
  assert.equal(streams("StandardInputText=hello")[0], { kind: "data", bytes: Buffer.from("hello\n") });
  assert.equal(streams("StandardInput=data")[0], NULL);
});

test.run();
