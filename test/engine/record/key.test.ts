import { test } from "uvu";
import * as assert from "uvu/assert";
import { containerKey, defaultRoot } from "../../../src/engine/record/key.ts";

const ROOT = { environment: { XDG_RUNTIME_DIR: "/run/user/0", USER: "root" }, uid: 0, isInUserNamespace: false };

test("the directory of a runtime that is called without --root is the one that it takes itself", () => {
  assert.is(defaultRoot("crun", ROOT), "/run/user/0/crun");
  assert.is(defaultRoot("crun", { ...ROOT, environment: { XDG_RUNTIME_DIR: "" } }), "/run/crun");
  assert.is(defaultRoot("runc", ROOT), "/run/runc");
  assert.is(defaultRoot("runc", { ...ROOT, isInUserNamespace: true }), "/run/runc");
  const mapped = { XDG_RUNTIME_DIR: "/run/user/5", USER: "five" };
  assert.is(defaultRoot("runc", { ...ROOT, isInUserNamespace: true, environment: mapped }), "/run/user/5/runc");
  assert.is(defaultRoot("runc", { ...ROOT, uid: 5, environment: mapped }), "/run/user/5/runc");
});

test("the runtime's directory distinguishes containers of one ID", () => {
  assert.is(containerKey("/run/crun", "c1"), "run:crun:c1");
  assert.is(containerKey("/run/containerd/runc/k8s.io", "c1"), "run:containerd:runc:k8s.io:c1");
});

test.run();
