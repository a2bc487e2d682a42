import { test } from "uvu";
import * as assert from "uvu/assert";
import { recognizeCri } from "../../../src/engine/request/engine.ts";
import { isSandbox, readPod } from "../../../src/engine/request/pod.ts";
import { podUserName } from "../../../src/identity/podName.ts";

const CONTAINERD = {
  "io.kubernetes.cri.container-type": "container",
  "io.kubernetes.cri.sandbox-namespace": "shop",
  "io.kubernetes.cri.sandbox-name": "web-0",
  "io.kubernetes.cri.container-name": "main",
};
const CRIO = {
  "io.kubernetes.cri-o.ContainerType": "container",
  "io.kubernetes.pod.namespace": "shop",
  "io.kubernetes.pod.name": "web-0",
  "io.kubernetes.container.name": "main",
};
const POD = { namespace: "shop", name: "web-0", container: "main" };

test("the pod is read from the annotations of both engines", () => {
  assert.equal(readPod(CONTAINERD, "containerd"), POD);
  assert.equal(readPod(CRIO, "CRI-O"), POD);
});

test("the words of the other engine, which a pod may have forged, do not count", () => {
  const forged = {
    "io.kubernetes.cri.container-type": "sandbox",
    "io.kubernetes.cri.sandbox-namespace": "kube-system",
  };
  assert.equal(readPod({ ...forged, ...CRIO }, "CRI-O"), POD);
  assert.not(isSandbox({ ...forged, ...CRIO }, "CRI-O"));
  assert.ok(isSandbox({ "io.kubernetes.cri-o.ContainerType": "sandbox" }, "CRI-O"));
  assert.not(isSandbox({ ...CONTAINERD, "io.kubernetes.cri-o.ContainerType": "sandbox" }, "containerd"));
});

test("what root runs beside the kubelet is in no pod", () => {
  assert.is(readPod({ "dynuser/DynamicUser": "yes" }, "containerd"), undefined);
});

test("an upper-case letter in a pod's name is refused with what is expected", () => {
  const annotations = {
    "io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.sandbox-namespace": "shop",
    "io.kubernetes.cri.sandbox-name": "Web-0",
    "io.kubernetes.cri.container-name": "main",
  };
  const problem = 'found "Web-0" as io.kubernetes.cri.sandbox-name, expected lower-case letters, digits, - and .';
  assert.throws(() => readPod(annotations, "containerd"), problem);
});

test("a container without a valid name of its pod is refused", () => {
  const { "io.kubernetes.cri.sandbox-namespace": _, ...older } = CONTAINERD;
  assert.throws(
    () => readPod(older, "containerd"),
    /cannot identify the pod of the container: found no annotation as io\.kubernetes\.cri/,
  );
  for (const name of ["../etc", "a/b", "", "A", "-a", "a".repeat(254)]) {
    assert.throws(
      () => readPod({ ...CONTAINERD, "io.kubernetes.cri.sandbox-namespace": name }, "containerd"),
      /found "/,
    );
  }
});

test("the engine is recognised by its bundle", () => {
  assert.is(recognizeCri({ bundle: "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1" }), "containerd");
  assert.is(recognizeCri({ bundle: "/run/containers/storage/overlay-containers/c1/userdata" }), "CRI-O");
});

test("names of users are readable where they are short, and never the same for two containers", () => {
  assert.is(podUserName(POD, undefined), "shop_web-0_main");
  assert.is(podUserName(POD, "web"), "shop_web_main");
  const long = podUserName({ ...POD, name: "web-7d4b9c6f5-x2x9q" }, undefined);
  assert.match(long, /^shop_web-7d4b9_[0-9a-f]{16}$|^shop_web-7d4b9c6f5-x2x9q_main$/);
  assert.match(podUserName({ ...POD, namespace: "9lives", name: "a.b" }, undefined), /^_9lives_a-b_ma_[0-9a-f]{16}$/);
  const similar = [
    { namespace: "a", name: "b-c", container: "d" },
    { namespace: "a-b", name: "c", container: "d" },
    { namespace: "a", name: "b", container: "c-d" },
    { namespace: "a".repeat(40), name: "b", container: "c" },
    { namespace: "a".repeat(41), name: "b", container: "c" },
    { namespace: "a".repeat(40), name: "b.c", container: "c" },
    { namespace: "a".repeat(40), name: "b-c", container: "c" },
  ];
  assert.is(new Set(similar.map((pod) => podUserName(pod, undefined))).size, similar.length);
});

test("no name of one namespace can be that of another, whatever a pod calls itself", () => {
  assert.is(podUserName(POD, "a_b"), "shop_a_b_main");
  // neither a namespace nor a container can have a _ in its name
  assert.not.equal(podUserName(POD, "a_b"), podUserName({ ...POD, name: "b", namespace: "shop-a" }, undefined));
});

test.run();
