import { test } from "uvu";
import * as assert from "uvu/assert";
import { recognizeEngine } from "../../../src/engine/request/engine.ts";

const ID = "a".repeat(64);

test("engines are recognised by the place of their bundles", () => {
  const bundles = {
    [`/var/lib/containers/storage/overlay-containers/${ID}/userdata`]: "podman",
    [`/home/a/.local/share/containers/storage/vfs-containers/${ID}/userdata`]: "podman",
    [`/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/${ID}`]: "docker",
    [`/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}`]: "kubernetes",
    "/run/containerd/io.containerd.runtime.v2.task/default/c1": "containerd",
    "/srv/bundle": "other",
    "/srv/userdata": "other",
  };
  for (const [bundle, engine] of Object.entries(bundles)) assert.is(recognizeEngine({ bundle }), engine, bundle);
});

test("CRI-O and podman are distinguished by the runtime's root", () => {
  const bundle = `/run/containers/storage/overlay-containers/${ID}/userdata`;
  assert.is(recognizeEngine({ bundle, root: "/run/runc" }), "kubernetes");
});

test.run();
