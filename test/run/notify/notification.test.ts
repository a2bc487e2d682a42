import { test } from "uvu";
import * as assert from "uvu/assert";
import { mayNotify, parseNotification } from "../../../src/run/notify/notification.ts";

test("a message has several fields, and unknown ones are ignored", () => {
  const said = parseNotification("READY=1\nSTATUS=a=b\nMAINPID=12\nEXTEND_TIMEOUT_USEC=500\nX_FOO=1\nWATCHDOG=1");
  assert.equal(said, {
    ready: true,
    stopping: false,
    reloading: false,
    status: "a=b",
    mainPid: 12,
    extendMicroseconds: 500,
    watchdog: "alive",
  });
  assert.is(parseNotification("MAINPID=x").mainPid, undefined);
  assert.is(parseNotification("WATCHDOG=trigger").watchdog, "failed");
  assert.is(parseNotification("READY=0").ready, false);
});

test("NotifyAccess= decides whose messages are accepted", () => {
  const known = { main: 1, control: 2, all: () => [1, 2, 3] };
  const heard = (access: "none" | "main" | "exec" | "all") =>
    [1, 2, 3, 4].filter((pid) => mayNotify(pid, access, known));
  assert.equal(heard("none"), []);
  assert.equal(heard("main"), [1]);
  assert.equal(heard("exec"), [1, 2]);
  assert.equal(heard("all"), [1, 2, 3]);
});

test.run();
