import { test } from "uvu";
import * as assert from "uvu/assert";
import { applySeccomp } from "../../../src/apply/seccomp.ts";
import { UserError } from "../../../src/errors.ts";
import type { Edit } from "../../../src/model/edit.ts";
import { ALLOW, errno, type Filter, KILL } from "../../../src/model/filter.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { denying, filterOf } from "../../support/seccomp/filters.ts";
import { compareRandomProfiles } from "../../support/seccomp/sameAsSeparateFilters.ts";
import { evaluateProfile } from "../../support/seccomp/seccompModel.ts";

const CRUN = { name: "crun" } as const;
const RUNC = { name: "runc" } as const;
const EPERM = errno(1);
const NO_MOUNT = denying("PrivateDevices", EPERM, [{ calls: ["mount"] }]);

/** Denies what it does not name, as engines do. */
const ENGINE: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 38,
  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  syscalls: [
    { names: ["read", "write", "mount", "execve"], action: "SCMP_ACT_ALLOW" },
    { names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }] },
  ],
};

function specWith(seccomp?: Seccomp, noNewPrivileges = true): Spec {
  const process = { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges };
  return { ociVersion: "1.0.2", process, linux: seccomp === undefined ? {} : { seccomp } };
}

function editsOf(...filters: readonly Filter[]): readonly Edit[] {
  return filters.map((filter) => ({ kind: "seccomp", filter }));
}

function merged(engine: Seccomp | undefined, ...filters: readonly Filter[]): Seccomp {
  return applySeccomp(specWith(engine), editsOf(...filters), CRUN).linux!.seccomp!;
}

function outcome(seccomp: Seccomp, name: string, ...args: readonly number[]): string {
  const padded = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map(BigInt);
  return evaluateProfile(seccomp, { name, args: padded }, "error");
}

test("architectures that are left out get no entries, and no others are lost", () => {
  const architecturesWith = (engine: Seccomp | undefined, leftOut: readonly string[]) =>
    applySeccomp(specWith(engine), editsOf(NO_MOUNT), RUNC, { leftOut }).linux?.seccomp?.architectures;
  for (const engine of [undefined, ENGINE]) {
    assert.equal(architecturesWith(engine, []), ENGINE.architectures);
    assert.equal(architecturesWith(engine, ["SCMP_ARCH_X32"]), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  }
});

test("calls that runc does without fail with ENOSYS where a filter forbids them, and as the engine says where it does", () => {
  const forbidding = denying("SystemCallFilter", KILL, [{ calls: ["openat2", "close_range", "mount"] }]);
  const under = (runtime: typeof CRUN | typeof RUNC, engine?: Seccomp) => {
    const seccomp = applySeccomp(specWith(engine), editsOf(forbidding), runtime).linux!.seccomp!;
    return ["openat2", "close_range", "mount"].map((call) => outcome(seccomp, call));
  };
  const [killed] = under(CRUN);
  assert.equal(under(RUNC), ["ERRNO 38", "ERRNO 38", killed]);
  assert.equal(under(RUNC, { ...ENGINE, defaultErrnoRet: 1 }), [killed, killed, killed]);
});

test("a spec without filters stays as it is", () => {
  const spec = specWith(ENGINE);
  assert.is(applySeccomp(spec, [], CRUN), spec);
});

test("a call that one filter forbids is forbidden though the engine allows it", () => {
  const seccomp = merged(ENGINE, NO_MOUNT);
  assert.is(outcome(seccomp, "mount"), "ERRNO 1");
  assert.is(outcome(seccomp, "read"), "ALLOW");
});

test("a call that the engine forbids stays forbidden though a filter allows it", () => {
  const allowAll = filterOf("SystemCallFilter", {
    defaultAction: errno(38),
    rules: [{ calls: ["read", "bpf"], action: ALLOW }],
  });
  const seccomp = merged(ENGINE, allowAll);
  assert.is(outcome(seccomp, "read"), "ALLOW");
  assert.is(outcome(seccomp, "bpf"), "ERRNO 38");
});

test("without a profile of the engine everything else stays allowed on all architectures of the machine", () => {
  const seccomp = merged(undefined, NO_MOUNT);
  assert.is(seccomp.defaultAction, "SCMP_ACT_ALLOW");
  assert.is(outcome(seccomp, "mount"), "ERRNO 1");
  assert.ok(seccomp.architectures!.length > 1);
  assert.equal(seccomp.flags, []);
});

test("entries of calls that no setting touches are the engine's own", () => {
  const seccomp = merged(ENGINE, NO_MOUNT);
  assert.equal(seccomp.syscalls![0], { names: ["read", "write", "execve"], action: "SCMP_ACT_ALLOW" });
  assert.is(seccomp.syscalls![1], ENGINE.syscalls![1]);
});

test("of two filters that return an errno the one that systemd installs later decides", () => {
  const early = denying("RestrictNamespaces", errno(1), [{ calls: ["mount"] }]);
  const late = denying("SystemCallFilter", errno(99), [{ calls: ["mount"] }]);
  assert.is(outcome(merged(ENGINE, late, early), "mount"), "ERRNO 99");
});

test("killing beats an errno in any order", () => {
  const kill = denying("RestrictNamespaces", KILL, [{ calls: ["mount"] }]);
  const late = denying("SystemCallFilter", errno(99), [{ calls: ["mount"] }]);
  assert.is(outcome(merged(ENGINE, kill, late), "mount"), "KILL_PROCESS");
});

test("a rule about arguments is not swallowed by the engine's rule for the call", () => {
  const flag = { argument: 3, mask: 4n, value: 4n };
  const seccomp = merged(ENGINE, denying("RestrictNamespaces", EPERM, [{ calls: ["mount"], when: [flag] }]));
  assert.is(outcome(seccomp, "mount", 0, 0, 0, 6), "ERRNO 1");
  assert.is(outcome(seccomp, "mount", 0, 0, 0, 2), "ALLOW");
});

test("conditions of the engine and of a filter hold together", () => {
  const others = [
    { argument: 0, from: 0n, to: 7n },
    { argument: 0, from: 9n, to: 0xffff_ffff_ffff_ffffn },
  ];
  const lock = denying(
    "LockPersonality",
    EPERM,
    others.map((one) => ({ calls: ["personality"], when: [one] })),
  );
  const seccomp = merged(ENGINE, lock);
  assert.is(outcome(seccomp, "personality", 8), "ALLOW");
  assert.is(outcome(seccomp, "personality", 0), "ERRNO 1");
});

test("no argument is compared twice in one entry, which the runtimes would read as or", () => {
  const gap = { argument: 0, from: 3n, to: 9n };
  const seccomp = merged(undefined, denying("RestrictAddressFamilies", EPERM, [{ calls: ["socket"], when: [gap] }]));
  for (const { args = [] } of seccomp.syscalls!) assert.is(new Set(args.map((one) => one.index)).size, args.length);
  assert.equal(
    [2, 3, 9, 10].map((family) => outcome(seccomp, "socket", family)),
    ["ALLOW", "ERRNO 1", "ERRNO 1", "ALLOW"],
  );
});

test("applying the same filters again changes nothing", () => {
  const edits = editsOf(NO_MOUNT, denying("LockPersonality", EPERM, [{ calls: ["personality"] }]));
  const once = applySeccomp(specWith(ENGINE), edits, CRUN);
  assert.equal(applySeccomp(once, edits, CRUN), once);
});

test("members of the profile that we do not know survive", () => {
  const engine = { ...ENGINE, listenerPath: "/run/listener", later: 1 };
  assert.equal(
    Object.entries(merged(engine, NO_MOUNT)).filter(([key]) => key === "listenerPath" || key === "later").length,
    2,
  );
});

test("what the runtime needs to start stays as the engine has it", () => {
  const noExec = denying("SystemCallFilter", KILL, [{ calls: ["execve", "write"] }]);
  assert.is(outcome(merged(ENGINE, noExec), "execve"), "ALLOW");
  assert.is(outcome(merged(ENGINE, noExec), "write"), "KILL_PROCESS");
  assert.is(outcome(applySeccomp(specWith(ENGINE), editsOf(noExec), RUNC).linux!.seccomp!, "write"), "ALLOW");
});

test("what the runtime needs keeps the rules of filters that do not forbid all of it", () => {
  const noProcess = denying("SystemCallFilter", EPERM, [{ calls: ["clone", "read"] }]);
  const noUserNamespace = denying("RestrictNamespaces", EPERM, [
    { calls: ["clone"], when: [{ argument: 0, mask: 0x1000_0000n, value: 0x1000_0000n }] },
  ]);
  const logged = filterOf("SystemCallLog", { defaultAction: { action: "log" }, rules: [] });
  const seccomp = applySeccomp(specWith(), editsOf(noProcess, noUserNamespace, logged), RUNC).linux!.seccomp!;
  assert.equal([outcome(seccomp, "clone", 0x11), outcome(seccomp, "read")], ["LOG", "LOG"]);
  assert.is(outcome(seccomp, "clone", 0x1000_0011), "ERRNO 1");
});

test("architectures are those of the engine and of every filter, the native one always", () => {
  const rules = { defaultAction: ALLOW, rules: [], architectures: ["SCMP_ARCH_ARM"] };
  const native = filterOf("SystemCallArchitectures", rules);
  assert.equal(merged(ENGINE, { ...native, architectures: ["SCMP_ARCH_X86"] }).architectures, [
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X86",
  ]);
  assert.equal(merged(ENGINE, native).architectures, ["SCMP_ARCH_X86_64"]);
  assert.equal(merged(ENGINE, { ...NO_MOUNT, closes: ["SCMP_ARCH_X86"] }).architectures, [
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X32",
  ]);
});

test("profiles that differ in an errno alone differ for crun's cache of compiled filters", () => {
  const withErrno = (number: number) =>
    merged(ENGINE, denying("SystemCallFilter", errno(number), [{ calls: ["mount"] }]));
  const hashed = (seccomp: Seccomp) =>
    JSON.stringify(seccomp.syscalls!.map(({ names, action }) => ({ names, action })));
  assert.is.not(hashed(withErrno(5)), hashed(withErrno(6)));
});

test("a filter that the kernel would not take is refused with its size", () => {
  const calls = Array.from({ length: 700 }, (_, index) => `call${index}`);
  const when = [{ argument: 0, mask: 0xffn, value: 7n }];
  const large = denying("RestrictNamespaces", EPERM, [{ calls, when }]);
  assert.throws(
    () => merged({ defaultAction: "SCMP_ACT_ALLOW" }, large),
    (error: unknown) =>
      error instanceof UserError &&
      /RestrictNamespaces=.* takes \d+ BPF instructions, expected 4096/.test(error.message),
  );
});

test("one profile does what the engine's and all filters do one after the other", () => {
  for (let seed = 0; seed < 60; seed++) assert.equal(compareRandomProfiles(seed).differences, []);
});

test.run();
