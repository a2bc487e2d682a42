import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyLinux } from "../../src/apply/linux.ts";
import type { CgroupFacts, Facts } from "../../src/model/facts.ts";
import { makePlan } from "../../src/model/plan.ts";
import type { Resources, Spec } from "../../src/oci/spec.ts";
import { contextOf } from "../support/bundles/plan.ts";
import { factsOfHost } from "../support/hosts/facts.ts";

const VERSION_1: CgroupFacts = {
  unified: false,
  controllers: ["cpu", "cpuset", "memory", "pids", "blkio"],
  has: (_, file) => file === "blkio.weight",
};
const DISK = { type: "b", major: 8, minor: 16 } as const;
const FILES: Readonly<Record<string, string>> = {
  "/proc/sys/kernel/pid_max": "32768\n",
  "/proc/sys/kernel/threads-max": "20000\n",
};
const host: Facts["host"] = {
  ...factsOfHost().host,
  look: (path) => ({ path, type: "file", uid: 0, gid: 0, mode: 0o644, fileSystemDevice: DISK }),
  read: (path) => FILES[path],
};

function resources(settings: string, facts: Partial<Facts> = {}): Resources | undefined {
  const spec: Spec = { ociVersion: "1.0.2" };
  const { edits } = makePlan(contextOf(settings, { facts: { host, ...facts } }));
  return applyLinux(
    spec,
    edits.map(({ item }) => item),
  ).linux?.resources;
}

test("a memory limit is a number of bytes, a percentage or infinity", () => {
  assert.equal(resources("MemoryMax=1M"), { memory: { limit: 1048576n } });
  assert.equal(resources("MemoryMax=50%"), { memory: { limit: 2n ** 29n } });
  assert.equal(resources("MemoryMax=infinity"), { memory: { limit: -1 } });
  assert.equal(resources("MemoryHigh=1K\nMemoryLow=infinity"), {
    unified: { "memory.high": "1024", "memory.low": "max" },
  });
});

test("an older name is used only if the newer one is not set", () => {
  assert.equal(resources("MemoryLimit=1K"), { memory: { limit: 1024n } });
  assert.equal(resources("MemoryLimit=1K\nMemoryMax=2K"), { memory: { limit: 2048n } });
  assert.equal(resources("CPUShares=2048"), { unified: { "cpu.weight": "200" } });
  assert.equal(resources("BlockIOWeight=500\nIOWeight=10"), { unified: { "io.weight": "default 10" } });
});

test("directives of cgroup v2 are refused with cgroup v1", () => {
  assert.throws(
    () => resources("MemoryHigh=1K", { cgroups: VERSION_1 }),
    "cannot honour MemoryHigh=: found cgroup v1, expected cgroup v2 (boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all)",
  );
});

test("the error for a missing controller names it", () => {
  const cgroups = { ...VERSION_1, controllers: ["cpu", "pids"] };
  assert.throws(
    () => resources("MemoryMax=1M", { cgroups }),
    "cannot honour MemoryMax=: found no controller memory among the host's cgroups (cpu, pids), expected a kernel that has it enabled",
  );
});

test("what the host cannot grant is refused, or reported where the start goes on without", () => {
  const bare = { host, cgroups: { unified: true, controllers: ["memory", "io"], has: () => false } };
  const settings = {
    TasksMax: "9",
    MemorySwapMax: "1G",
    IOWeight: "50",
    IOReadIOPSMax: "/proc 1",
    OOMScoreAdjust: "-9",
  };
  for (const [name, value] of Object.entries(settings)) {
    const disk = { ...DISK, major: 0 };
    const look = (path: string) => ({ ...host.look(path), fileSystemDevice: disk });
    const facts = { ...bare, host: { ...host, look }, canSetOomScore: () => false };
    const context = contextOf(`${name}=${value}`, { facts });
    assert.throws(() => makePlan(context), new RegExp(`^cannot honour ${name}=`));
    const { edits, warnings } = makePlan({ ...context, goesOnWithout: true });
    assert.equal(edits, []);
    assert.match(warnings.map(({ item }) => item).join("\n"), new RegExp(`^ignoring ${name}=.*: found no `));
  }
});

test("weights are converted to the host's cgroup version", () => {
  assert.equal(resources("CPUWeight=50"), { unified: { "cpu.weight": "50" } });
  assert.equal(resources("CPUWeight=idle"), { unified: { "cpu.idle": "1" } });
  assert.equal(resources("CPUWeight=50", { cgroups: VERSION_1 }), { cpu: { shares: 512 } });
  assert.equal(resources("IOWeight=50", { cgroups: VERSION_1 }), { blockIO: { weight: 250 } });
  const bfq = { ...VERSION_1, has: (_: string, file: string) => file === "blkio.bfq.weight" };
  const weightWith = (version: string) => () =>
    resources("IOWeight=50", { cgroups: bfq, runtime: { path: "/crun", name: "crun", version, idMappedMounts: true } });
  assert.equal(weightWith("1.8.2")(), { blockIO: { weight: 250 } });
  assert.throws(weightWith("1.8.1"), "found crun 1.8.1, which does not know blkio.bfq.weight");
  assert.throws(
    () => resources("IOWeight=50", { cgroups: { ...VERSION_1, has: () => false } }),
    /found no blkio.weight/,
  );
});

test("CPUQuota= is a percentage of one CPU over a period", () => {
  assert.equal(resources("CPUQuota=150%"), { cpu: { quota: 150_000, period: 100_000 } });
  assert.equal(resources("CPUQuota=2.5%\nCPUQuotaPeriodSec=10ms"), { cpu: { quota: 1_000, period: 10_000 } });
  assert.equal(resources("AllowedCPUs=0-1\nAllowedCPUs=5\nAllowedMemoryNodes=0"), {
    cpu: { cpus: "0-1,5", mems: "0" },
  });
});

test("TasksMax= is a number or a percentage of the kernel's maximum", () => {
  assert.equal(resources("TasksMax=7"), { pids: { limit: 7n } });
  assert.equal(resources("TasksMax=10%"), { pids: { limit: 2000n } });
  assert.equal(resources("TasksMax=infinity"), { pids: { limit: -1 } });
});

test("I/O limits apply to the disk of a file's file system", () => {
  assert.equal(resources("IOReadBandwidthMax=/srv 5M\nIOWriteIOPSMax=/srv 100"), {
    blockIO: {
      throttleReadBpsDevice: [{ major: 8, minor: 16, rate: 5_000_000n }],
      throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 100n }],
    },
  });
  const memory = { ...host, look: (path: string) => ({ ...host.look(path), fileSystemDevice: { ...DISK, major: 0 } }) };
  assert.throws(() => resources("IOReadIOPSMax=/run 1", { host: memory }), /found no block device at or below "\/run"/);
});

function join(before: Resources, settings: string): Resources | undefined {
  const spec: Spec = { ociVersion: "1.0.2", linux: { resources: before } };
  const { edits } = makePlan(contextOf(settings, { spec, facts: { host } }));
  return applyLinux(
    spec,
    edits.map(({ item }) => item),
  ).linux?.resources;
}

test("limits never exceed the engine's, and other limits are kept", () => {
  assert.equal(join({ memory: { limit: 500, swap: 6 } }, "MemoryMax=1K"), { memory: { limit: 500, swap: 6 } });
  assert.equal(join({ memory: { limit: 5000 } }, "MemoryMax=1K"), { memory: { limit: 1024n } });
  assert.equal(join({ memory: { limit: -1 } }, "MemoryMax=infinity"), { memory: { limit: -1 } });
  assert.equal(join({ pids: { limit: 3 } }, "TasksMax=infinity"), { pids: { limit: 3 } });
  assert.equal(join({ cpu: { quota: 50_000 } }, "CPUQuota=100%"), { cpu: { quota: 50_000 } });
  assert.equal(join({ cpu: { cpus: "1-3" } }, "AllowedCPUs=0-1"), { cpu: { cpus: "1" } });
  assert.equal(join({ unified: { "memory.high": "5" } }, "MemoryHigh=1K"), { unified: { "memory.high": "5" } });
});

test("limits of other devices are kept, and the lower limit of one device is used", () => {
  const others = [{ major: 1, minor: 1, rate: 9 }];
  assert.equal(join({ blockIO: { throttleReadBpsDevice: others } }, "IOReadBandwidthMax=/srv 7"), {
    blockIO: { throttleReadBpsDevice: [...others, { major: 8, minor: 16, rate: 7n }] },
  });
  const same = [{ major: 8, minor: 16, rate: 2 }];
  assert.equal(join({ blockIO: { throttleReadBpsDevice: same } }, "IOReadBandwidthMax=/srv 7"), {
    blockIO: { throttleReadBpsDevice: same },
  });
});

test.run();
