import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEdits } from "../../src/apply/apply.ts";
import type { Directive } from "../../src/directive.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { UserError } from "../../src/errors.ts";
import type { Mount, Spec } from "../../src/oci/spec.ts";
import { makePlan } from "../../src/plan.ts";
import { CAPABILITIES } from "../../src/values/capabilities.ts";
import { ENGINE_PROFILES } from "../support/engineProfiles.ts";
import { factsOfImage } from "../support/facts.ts";
import { contextOf } from "../support/plan.ts";
import { makeRandom, type Random } from "../support/random.ts";
import { rightsGained, type Samples } from "../support/rights.ts";

const ROUNDS = 20;
const PATHS = [
  "/",
  "/etc",
  "/usr/bin",
  "/home/a",
  "/data",
  "/data/x",
  "/volume",
  "/tmp",
  "/var/tmp",
  "/proc/sys",
  "/sys/fs",
];
const FILES = Object.fromEntries(
  [...PATHS, "/root", "/dev", "/run/user", "/boot"].map((path) => [path, "directory" as const]),
);
const FACTS = factsOfImage({ host: { "/host/volume": "directory", ...FILES }, rootfs: FILES });

/** Texts that one directive or another understands, besides the words of its own grammar. */
const TEXTS = `yes no 0 1 07 4096 64K 10% infinity strict self host private /data /volume -/usr /etc:/data ~mount mount
  @system-service ~@privileged ~@mount:EPERM native x86 AF_INET ~AF_PACKET none net ~user CAP_CHOWN ~CAP_SYS_ADMIN
  CAP_KILL_CAP_FOWNER closed auto char-rtc /dev/null 100ms 2 eth0 any`
  .split(/\s+/)
  .concat("/data 5M", "/data infinity", "any any", "any localhost", "localhost any", "multicast any");

const SAMPLES: Samples = {
  paths: PATHS.map((path) => (path === "/" ? "/x" : path)),
  calls: [
    "read mount umount2 socket clone clone3 unshare setns chmod fchmodat openat openat2 mknod ptrace bpf keyctl mmap",
    "mprotect shmat personality sched_setscheduler init_module kexec_load iopl syslog settimeofday setuid setgid sethostname",
  ].flatMap((line) =>
    line.split(" ").flatMap((name) =>
      [0n, 6n, 0o6755n, 0x7e02_0000n, 2n ** 32n].map((value) => ({
        name,
        args: Array<bigint>(6).fill(value),
      })),
    ),
  ),
  devices: [
    { type: "c", major: 1, minor: 3 },
    { type: "b", major: 8, minor: 0 },
    { type: "c", major: 10, minor: 200 },
  ],
};

const TAKING = [...new Set(DIRECTIVES.values())].filter(
  ({ effect, support }) => effect === "takes" && support !== "refused" && support !== "ignored",
);

for (const row of TAKING) {
  test(`${row.name}= gives no right, whatever its value and whatever the container had`, () => {
    const texts = textsFor(row);
    assert.ok(texts.length > 0, `found no value of ${row.value.syntax}`);
    let planned = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = makeRandom(seed);
      const setting = `${row.name}=${random.pick(texts)}`;
      const before = randomSpec(random);
      const after = specWith(setting, before);
      if (after === undefined) continue;
      planned++;
      assert.equal(
        rightsGained(before, after, FACTS, SAMPLES),
        [],
        `seed ${seed}: ${setting} on ${JSON.stringify(before)}`,
      );
    }
    assert.ok(planned > ROUNDS / 4, `${planned} of ${ROUNDS} could be planned`);
  });
}

test("the comparison sees every kind of right", () => {
  const narrow: Spec = {
    ociVersion: "1.0.2",
    root: { path: "rootfs", readonly: true },
    process: {
      user: { uid: 1, gid: 1 },
      cwd: "/",
      noNewPrivileges: true,
      rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
    },
    mounts: [{ destination: "/volume", type: "bind", source: "/host/volume", options: ["rbind", "nosuid", "ro"] }],
    linux: {
      namespaces: [{ type: "network" }],
      maskedPaths: ["/proc/kcore"],
      readonlyPaths: ["/proc/sys"],
      resources: { devices: [{ allow: false }], memory: { limit: 1 }, pids: { limit: 1 } },
      seccomp: { defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"] },
    },
  };
  const wide: Spec = {
    ociVersion: "1.0.2",
    root: { path: "rootfs" },
    process: {
      user: { uid: 0, gid: 0, additionalGids: [1] },
      cwd: "/",
      capabilities: { bounding: ["CAP_KILL"] },
      rlimits: [{ type: "RLIMIT_CORE", soft: 1, hard: 1 }],
    },
    mounts: [{ destination: "/volume", type: "bind", source: "/", options: ["rbind"] }],
    hooks: { prestart: [{ path: "/x" }] },
    linux: {
      namespaces: [{ type: "pid", path: "/proc/1/ns/pid" }],
      devices: [{ type: "c", path: "/dev/x" }],
      sysctl: { "kernel.core_pattern": "|x" },
      resources: { devices: [{ allow: true }] },
      seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] },
    },
  };
  const found = rightsGained(narrow, wide, FACTS, SAMPLES).join("\n");
  for (const word of [
    "another user",
    "more groups",
    "new privileges",
    "CAP_KILL in bounding",
    "RLIMIT_CORE",
    "the host's network",
    "joins /proc/1/ns/pid",
    "/dev/x",
    "r of b 8:0",
    "more memory",
    "more tasks",
    "SCMP_ARCH_X86",
    "mount(0",
    "writes /x",
    "shows / at /volume",
    "no nosuid at /volume",
    "sees /proc/kcore",
    "may write /proc/sys",
    "sets kernel.core_pattern",
    "other hooks",
  ])
    assert.ok(found.includes(word), word);
});

/** The words of its grammar and those texts that it reads without a complaint. */
function textsFor(row: Directive): readonly string[] {
  const words = row.value.syntax.split(/[^A-Za-z0-9-]+/).filter(Boolean);
  return [...new Set([...words, ...TEXTS])].filter((text) => {
    const reading = { expand: (one: string) => one, complain: () => assert.unreachable() };
    try {
      row.value.parse(text, reading);
      return true;
    } catch {
      return false;
    }
  });
}

function specWith(setting: string, spec: Spec): Spec | undefined {
  try {
    const context = { ...contextOf(setting, { spec }), facts: FACTS };
    return applyEdits(
      spec,
      makePlan(context).edits.map(({ item }) => item),
      FACTS,
    );
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function randomSpec(random: Random): Spec {
  const some = random.some(CAPABILITIES, 0.4);
  const uid = random.pick([0, 1000]);
  const seccomp = random.pick(Object.values(ENGINE_PROFILES));
  return {
    ociVersion: "1.0.2",
    root: { path: "rootfs", ...(random.below(2) === 0 && { readonly: true }) },
    process: {
      cwd: "/",
      user: { uid, gid: uid, additionalGids: random.some([4, 27, 100], 0.5) },
      args: ["sh"],
      ...(random.below(2) === 0 && { noNewPrivileges: true }),
      capabilities: { bounding: some, effective: uid === 0 ? some : [], permitted: uid === 0 ? some : [], ambient: [] },
      rlimits: random
        .some(["RLIMIT_NOFILE", "RLIMIT_RTPRIO", "RLIMIT_CORE"] as const, 0.5)
        .map((type) => ({ type, soft: 0, hard: random.below(99) })),
    },
    mounts: [...MOUNTS, ...random.some(VOLUMES, 0.6)],
    linux: {
      namespaces: [{ type: "mount" }, ...random.some(NAMESPACES, 0.6)],
      maskedPaths: random.some(["/proc/kcore", "/proc/keys", "/sys/firmware"], 0.7),
      readonlyPaths: random.some(["/proc/sys", "/proc/bus"], 0.7),
      resources: {
        devices: [{ allow: false, access: "rwm" }, ...random.some(DEVICES, 0.5)],
        ...(random.below(2) === 0 && { memory: { limit: 4096 }, pids: { limit: 7 } }),
      },
      ...(seccomp && { seccomp }),
    },
  };
}

const MOUNTS: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
];
const VOLUMES: readonly Mount[] = [
  { destination: "/volume", type: "bind", source: "/host/volume", options: ["rbind", "ro", "nosuid", "nodev"] },
  { destination: "/data", type: "bind", source: "/host/volume", options: ["rbind", "rw", "noexec"] },
  { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec", "ro"] },
];
const NAMESPACES = [
  { type: "network", path: "/run/netns/pod" },
  { type: "pid" },
  { type: "ipc" },
  { type: "uts", path: "/proc/7/ns/uts" },
  { type: "cgroup" },
] as const;
const DEVICES = [
  { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  { allow: true, type: "b", major: 8, minor: 0, access: "r" },
] as const;

test.run();
