import { test } from "uvu";
import * as assert from "uvu/assert";
import { findContainerId } from "../../../src/engine/hooks/containerId.ts";
import type { Spec } from "../../../src/oci/spec.ts";

const [OWN, OTHER] = ["a".repeat(64), "b".repeat(64)];
const USERDATA = "/run/containers/storage/overlay-containers";

function find(cgroupsPath: string, mounts: readonly (readonly [string, string])[]): string {
  const bound = mounts.map(([source, destination]) => ({ source, destination, type: "bind" }));
  return findContainerId({ ociVersion: "1.0.2", linux: { cgroupsPath }, mounts: bound } as unknown as Spec);
}

test("the cgroup's name counts before any mount", () => {
  for (const path of [`/libpod_parent/libpod-${OWN}`, `machine.slice:libpod:${OWN}`, `/a/${OWN}`])
    assert.is(find(path, [[`/tmp/${OTHER}/userdata/f`, "/run/.containerenv"]]), OWN, path);
});

test("without a cgroup only podman's own files count, never a volume", () => {
  const volumes = [
    [`/tmp/${OTHER}`, "/a"],
    [`/tmp/${OTHER}/userdata/x`, "/etc/hosts.d"],
  ] as const;
  const own = [`${USERDATA}/${OWN}/userdata/.containerenv`, "/run/.containerenv"] as const;
  assert.is(find("", [...volumes, own]), OWN);
  assert.throws(() => find("", volumes), "found no cgroup and none of podman's files");
  assert.throws(
    () => find("", [own, [`/tmp/${OTHER}/userdata/hosts`, "/etc/hosts"]]),
    "found files of several containers",
  );
});

test.run();
