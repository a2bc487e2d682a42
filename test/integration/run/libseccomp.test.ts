import { test } from "uvu";
import * as assert from "uvu/assert";
import { expandGroups } from "../../../src/apply/seccomp/merge.ts";
import { applySeccomp } from "../../../src/apply/seccomp.ts";
import { UserError } from "../../../src/errors.ts";
import type { Edit } from "../../../src/model/edit.ts";
import type { Filter } from "../../../src/model/filter.ts";
import { inInstallOrder } from "../../../src/model/filter.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { compileFilter, countCompiled } from "../../../src/sys/libseccomp/libseccomp.ts";
import { planAll } from "../../support/bundles/plan.ts";
import { ENGINE_PROFILES } from "../../support/engines/engineProfiles.ts";
import { makeRandom, type Random } from "../../support/random.ts";
import { compile } from "../../support/seccomp/libseccomp.ts";
import { randomCall, randomFilters, randomProfile } from "../../support/seccomp/randomSeccomp.ts";
import { compileMerged, nameOf, outcomeOfAll, runNative } from "../../support/seccomp/realSeccomp.ts";
import type { Call } from "../../support/seccomp/seccompModel.ts";
import { SECCOMP_SETTINGS } from "../../support/seccomp/seccompSettings.ts";

/*
 * The emitted profiles compiled by this host's libseccomp and run as the kernel would, beside the engine's profile
 * compiled alone and the filters one by one.
 */

const CALLS = ["socket", "clone", "clone3", "unshare", "setns", "personality", "mmap", "mprotect", "openat", "chmod"];
const OTHERS = ["sched_setscheduler", "uname", "keyctl", "mount", "settimeofday", "swapon", "ptrace", "read", "bpf"];
const VALUES = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 16n, 17n, 38n, 40n, 255n, 256n, 0o101n, 0o4755n, 0x8000n];
const LARGE = [0x20000n, 0x10000000n, 0x7e020000n, 0xffffffffn, 0x100000002n, 0xffffffffffffffffn];

for (const [engine, profile] of Object.entries(ENGINE_PROFILES)) {
  test(`settings inside the profile of ${engine} do what all filters do, in the size foretold`, () => {
    const alone = profile === undefined ? undefined : compile(profile);
    for (const [title, settings] of Object.entries(SECCOMP_SETTINGS)) {
      const filters = filtersOf(settings);
      const { program, bound } = compileMerged(profile, filters);
      assert.ok(program.length <= bound, `${title}: ${program.length} instructions, foretold ${bound}`);
      assert.ok(bound <= 4096, title);
      const random = makeRandom(1);
      for (let count = 0; count < 400; count++) {
        const call = realCall(random);
        const expected = nameOf(outcomeOfAll(alone, filters, call));
        assert.is(nameOf(runNative(program, call)), expected, `${title}: ${call.name}(${call.args})`);
      }
    }
  });
}

test("random filters inside random profiles are never laxer than all of them, nor stricter without contradictions", () => {
  let tried = 0;
  for (let seed = 1000; seed < 1250; seed++) tried += compareRandom(seed);
  assert.ok(tried > 4000);
});

test("what looks too large is compiled before it is refused: allowed calls fit into Docker's profile", () => {
  const seccomp = ENGINE_PROFILES["docker 20.10.24"]!;
  const process = { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges: true };
  const spec: Spec = { ociVersion: "1.0.2", process, linux: { seccomp } };
  const edits = planAll(["DynamicUser=yes", "SystemCallFilter=@system-service"], spec);
  const filters = edits.filter((edit): edit is Edit => edit.kind === "seccomp");
  const join = (count?: typeof countCompiled) =>
    applySeccomp(spec, filters, { name: "crun" }, { countCompiled: count });
  assert.throws(() => join(), /expected 4096 or less/);
  assert.throws(() => join(() => 4097), /takes 4097 BPF instructions/);
  assert.ok(countCompiled(join(countCompiled).linux!.seccomp!)! < 2048);
});

test("a profile that crun refuses, or reads in its own way, is not compiled for it", () => {
  const compiles = (change: Partial<Seccomp>) => {
    const seccomp: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [], ...change };
    return compileFilter(seccomp, "libseccomp.so.2") !== undefined;
  };
  const rule = (entry: object) => compiles({ syscalls: [{ names: ["read"], action: "SCMP_ACT_KILL", ...entry }] });
  const argument = (more: object) => ({ index: 0, op: "SCMP_CMP_EQ", value: 1, ...more });
  assert.ok(compiles({}) && rule({}) && rule({ args: [argument({ value: 2n ** 64n - 1n })] }));
  assert.ok(compiles({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38 }));
  assert.ok(compiles({ architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"] }));
  assert.not(compiles({ architectures: ["SCMP_ARCH_NONE"] }));
  assert.not(compiles({ defaultErrnoRet: 1 }));
  assert.not(compiles({ defaultAction: "SCMP_ACT_STOP" as "SCMP_ACT_KILL" }));
  assert.not(rule({ errnoRet: 1 }));
  assert.not(rule({ action: "SCMP_ACT_ERRNO", errnoRet: 65536 }));
  assert.not(rule({ action: "toString" }));
  assert.not(rule({ args: [argument({ index: 6 })] }));
  assert.not(rule({ args: [argument({ op: "SCMP_CMP_XX" })] }));
  assert.not(rule({ args: [argument({ value: -1 })] }));
  assert.not(rule({ args: [argument({ value: 2n ** 64n })] }));
  assert.not(rule({ args: Array.from({ length: 7 }, () => argument({})) }));
  assert.is(compileFilter({ defaultAction: "SCMP_ACT_ALLOW" }, "/nowhere/libseccomp.so.2"), undefined);
});

test.run();

/** How many calls were compared. */
function compareRandom(seed: number): number {
  const random = makeRandom(seed);
  const engine = randomProfile(random);
  const filters = inInstallOrder(randomFilters(random));
  if (filters.length === 0 || (engine !== undefined && !compiles(engine))) return 0;
  const compiled = unlessTooLarge(() => compileMerged(engine, filters));
  if (compiled === undefined) return 0;
  assert.ok(compiled.program.length <= compiled.bound, `seed ${seed}: ${compiled.program.length} > ${compiled.bound}`);
  const alone = engine === undefined ? undefined : compile(engine);
  for (let count = 0; count < 40; count++) {
    const call = randomCall(random);
    const expected = outcomeOfAll(alone, filters, call);
    const found = runNative(compiled.program, call);
    // Where rules of the engine contradict each other we take the stricter one.
    const passes = expected === found || (isStricter(found, expected) && engine !== undefined);
    assert.ok(passes, `seed ${seed}: ${call.name}(${call.args}) ${nameOf(found)}, expected ${nameOf(expected)}`);
  }
  return 40;
}

/** Random rules about sockets that are the same on 32-bit x86 are refused by libseccomp as they are. */
function compiles(engine: Seccomp): boolean {
  try {
    return compile(engine).length > 0;
  } catch {
    return false;
  }
}

function isStricter(one: number, other: number): boolean {
  return (one & 0xffff0000) < (other & 0xffff0000);
}

function unlessTooLarge<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function filtersOf(settings: readonly string[]): readonly Filter[] {
  const spec: Spec = { ociVersion: "1.0.2", linux: {} };
  return inInstallOrder(
    planAll(settings, spec).flatMap((edit) => (edit.kind === "seccomp" ? [expandGroups(edit.filter)] : [])),
  );
}

function realCall(random: Random): Call {
  const value = () => random.pick([...VALUES, ...LARGE]);
  return { name: random.pick([...CALLS, ...OTHERS]), args: [0, 1, 2, 3, 4, 5].map(value) };
}
