import { test } from "uvu";
import * as assert from "uvu/assert";
import { containerKey } from "../../src/host/containerKey.ts";

function key(root: string | undefined): string {
  const name = { runtimeName: "crun", id: "c1", ...(root === undefined ? {} : { root }) };
  return containerKey(name, {}, "/work/dir");
}

test("one runtime root has one spelling", () => {
  for (const root of [undefined, "", "/run/crun", "/run/crun/", "//run/./crun"]) assert.is(key(root), "run:crun:c1");
  assert.is(key("/run/containerd/runc/k8s.io"), "run:containerd:runc:k8s.io:c1");
  assert.is(key("state"), "work:dir:state:c1");
});

test.run();
