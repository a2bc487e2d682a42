import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEdits } from "../../src/apply/apply.ts";
import { addHooks } from "../../src/engine/hooks/install.ts";
import { attributesOf } from "../../src/model/attribute.ts";
import type { Facts } from "../../src/model/facts.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { formatNumbers, parseNumbers } from "../../src/values/cpuList.ts";
import { planAll, planOf } from "../support/bundles/plan.ts";
import { factsOfImage } from "../support/hosts/facts.ts";

const runtime = (name: "crun" | "runc", version: string) => ({
  facts: { runtime: { path: `/usr/bin/${name}`, name, version, idMappedMounts: true } },
});

function attribute(owner: string, settings: string, facts: Partial<Facts> = {}): unknown {
  const edit = planOf(owner, settings, { facts }).find((change) => change.kind === "attribute");
  return edit?.kind === "attribute" ? edit.attribute : undefined;
}

test("policy, priority and reset-on-fork are one attribute", () => {
  const settings = "CPUSchedulingPolicy=rr\nCPUSchedulingPriority=20\nCPUSchedulingResetOnFork=yes";
  const expected = { name: "scheduling", policy: "rr", priority: 20, resetOnFork: true };
  assert.equal(attribute("CPUSchedulingPolicy", settings), expected);
  assert.equal(attribute("CPUSchedulingPriority", settings), expected);
});

test("a realtime policy has a priority of at least 1, other policies have 0", () => {
  assert.equal(attribute("CPUSchedulingPolicy", "CPUSchedulingPolicy=1"), {
    name: "scheduling",
    policy: "fifo",
    priority: 1,
    resetOnFork: false,
  });
  assert.equal(attribute("CPUSchedulingPolicy", "CPUSchedulingPolicy=batch\nCPUSchedulingPriority=50"), {
    name: "scheduling",
    policy: "batch",
    priority: 0,
    resetOnFork: false,
  });
});

test("an I/O priority without a class is of class best-effort", () => {
  assert.equal(attribute("IOSchedulingPriority", "IOSchedulingPriority=2"), {
    name: "ioPriority",
    class: "best-effort",
    level: 2,
  });
  assert.equal(attribute("IOSchedulingClass", "IOSchedulingClass=1"), {
    name: "ioPriority",
    class: "realtime",
    level: 4,
  });
});

test("CPUAffinity= merges numbers and ranges, or takes the CPUs of NUMA nodes", () => {
  assert.equal(attribute("CPUAffinity", "CPUAffinity=0 2-3\nCPUAffinity=2,7"), {
    name: "affinity",
    cpus: [0, 2, 3, 7],
  });
  const host: Facts["host"] = {
    ...factsOfImage().host,
    read: (path) => ({ "/sys/devices/system/node/node1/cpulist": "4-5\n" })[path],
  };
  assert.equal(attribute("CPUAffinity", "CPUAffinity=numa\nNUMAMask=1", { host }), { name: "affinity", cpus: [4, 5] });
  assert.throws(
    () => attribute("CPUAffinity", "CPUAffinity=numa\nNUMAMask=9", { host }),
    "cannot honour CPUAffinity=numa: found no NUMA node 9 on this host",
  );
});

test("lists of numbers are formatted as by the kernel", () => {
  assert.is(formatNumbers(parseNumbers("7 0-2 4,5")), "0-2,4-5,7");
  for (const text of ["3-1", "x"]) assert.throws(() => parseNumbers(text), /expected numbers and ranges like 0 2-5/);
});

test("CoredumpFilter= merges names, hexadecimal masks and all", () => {
  const bits = (settings: string) => attribute("CoredumpFilter", settings);
  assert.equal(bits("CoredumpFilter=default"), { name: "coredumpFilter", bits: 0x33 });
  assert.equal(bits("CoredumpFilter=private-dax\nCoredumpFilter=0x1"), { name: "coredumpFilter", bits: 0x81 });
  assert.equal(bits("CoredumpFilter=all"), { name: "coredumpFilter", bits: 0x1ff });
});

test("NUMAPolicy= requires a runtime with memory policies, and nodes", () => {
  const settings = "NUMAPolicy=bind\nNUMAMask=0-1";
  assert.equal(planOf("NUMAPolicy", settings, runtime("runc", "1.4.0")), [
    { kind: "linux", field: "memoryPolicy", value: { mode: "MPOL_BIND", nodes: "0-1" } },
  ]);
  assert.throws(
    () => planOf("NUMAPolicy", settings, runtime("crun", "1.8.1")),
    "cannot honour NUMAPolicy=: found crun 1.8.1, expected crun 1.24 or runc 1.4 or newer (--runtime)",
  );
  assert.throws(() => planOf("NUMAPolicy", "NUMAPolicy=bind", runtime("crun", "1.24")), /found no NUMAMask=/);
  assert.equal(planOf("NUMAPolicy", "NUMAPolicy=default", runtime("crun", "1.8.1")), []);
});

test("attributes are stored in the config, and those of an image are dropped", () => {
  const forged: Spec = {
    ociVersion: "1.0.2",
    annotations: {
      "org.dynuser.attributes": '[{"owner":"Nice","attribute":{"name":"nice","nice":-20}}]',
      other: "kept",
    },
    process: { user: { uid: 0, gid: 0 }, cwd: "/" },
  };
  const clean = applyEdits(forged, [], factsOfImage());
  assert.equal(clean.annotations, { other: "kept" });
  const edits = planAll(["Nice=5"], forged).filter((change) => change.kind === "attribute");
  const attributes = attributesOf(applyEdits(forged, edits, factsOfImage()).annotations);
  assert.equal(attributes, [{ owner: "Nice", attribute: { name: "nice", nice: 5 } }]);
});

test("an engine's container has a hook for its attributes", () => {
  const places = { program: "/dynuser", key: "k", init: "/s", environment: {}, stage: "createRuntime" as const };
  const spec: Spec = { ociVersion: "1.0.2" };
  assert.is(addHooks(spec, places).hooks?.createRuntime?.length, 1);
  const annotated = { ...spec, annotations: { "org.dynuser.attributes": '[{"owner":"Nice"}]' } };
  assert.equal(addHooks(annotated, places).hooks?.createRuntime?.at(-1)?.args, ["dynuser", "attributes"]);
});

test.run();
