import { test } from "uvu";
import * as assert from "uvu/assert";
import { containerKey, stateRoot } from "../../src/host/containerKey.ts";

test("a runtime's directory has one spelling", () => {
  const spelled = (root: string | undefined) => stateRoot("crun", root, {}, "/work/dir");
  for (const root of [undefined, "", "/run/crun", "/run/crun/", "//run/./crun"]) assert.is(spelled(root), "/run/crun");
  assert.is(spelled("state"), "/work/dir/state");
});

test("containers of one ID are told apart by their runtime's directory", () => {
  assert.is(containerKey("/run/crun", "c1"), "run:crun:c1");
  assert.is(containerKey("/run/containerd/runc/k8s.io", "c1"), "run:containerd:runc:k8s.io:c1");
});

test.run();
