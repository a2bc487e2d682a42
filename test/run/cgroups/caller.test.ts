import { test } from "uvu";
import * as assert from "uvu/assert";
import { pathOfSlice, unitOf } from "../../../src/run/cgroups/caller.ts";

const UNITS = {
  "/system.slice/web.service": ["web.service", "system.slice"],
  "/system.slice/system-getty.slice/getty@tty1.service": ["getty@tty1.service", "system-getty.slice"],
  "/system.slice/web.service/payload/deep": ["web.service", "system.slice"],
  "/user.slice/user-0.slice/session-1.scope": ["session-1.scope", "user-0.slice"],
  "/user.slice/user-1000.slice/user@1000.service/app.slice/app.scope": ["user@1000.service", "user-1000.slice"],
  "/init.scope": ["init.scope", "-.slice"],
  "/system.slice/_cpu.service": ["cpu.service", "system.slice"],
} as const;

for (const [path, [name, slice]] of Object.entries(UNITS)) {
  test(`${path} is ${name} in ${slice}`, () => assert.equal(unitOf(path), { name, slice }));
}

for (const path of ["/", "", "/beside", "/system.slice", "/docker/0123", "/../elsewhere"]) {
  test(`a process in ${path || "the root"} is in no unit`, () => assert.is(unitOf(path), undefined));
}

test("the parents of a slice are in its name", () => {
  assert.is(pathOfSlice("-.slice"), "/");
  assert.is(pathOfSlice("a.slice"), "/a.slice");
  assert.is(pathOfSlice("a-b-c.slice"), "/a.slice/a-b.slice/a-b-c.slice");
});

test.run();
