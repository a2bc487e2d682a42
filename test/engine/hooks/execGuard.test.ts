import { test } from "uvu";
import * as assert from "uvu/assert";
import { guardExec } from "../../../src/engine/hooks/execGuard.ts";
import type { Seccomp, SeccompArgument, Spec } from "../../../src/oci/spec.ts";

const U = 63016;

function guarded(seccomp: Seccomp | undefined, uid = U): Seccomp | undefined {
  const spec: Spec = {
    ociVersion: "1.0.2",
    process: { cwd: "/", user: { uid, gid: uid } },
    linux: seccomp === undefined ? {} : { seccomp },
  };
  return guardExec(spec).linux?.seccomp;
}

/** What the profile says of one call, as the kernel would. */
function decide(profile: Seccomp | undefined, name: string, args: readonly number[]): string {
  const hit = profile?.syscalls?.find(
    ({ names, args: conditions = [] }) => names.includes(name) && conditions.every((one) => holds(one, args)),
  );
  return hit?.action ?? profile?.defaultAction ?? "";
}

function holds({ index, value, valueTwo, op }: SeccompArgument, args: readonly number[]): boolean {
  const given = BigInt(args[index]!);
  if (op === "SCMP_CMP_NE") return given !== BigInt(value as number);
  return op === "SCMP_CMP_MASKED_EQ" && (given & BigInt(value as number)) === BigInt(valueTwo as number);
}

const LIST: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  syscalls: [
    { names: ["read", "setuid", "setresuid", "setgroups"], action: "SCMP_ACT_ALLOW" },
    { names: ["setgid"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 5, op: "SCMP_CMP_EQ" }] },
  ],
};

test("a list of allowed calls allows them for the container's user alone", () => {
  const profile = guarded(LIST);
  assert.is(decide(profile, "setuid", [U]), "SCMP_ACT_ALLOW");
  assert.is(decide(profile, "setuid", [0]), "SCMP_ACT_ERRNO");
  assert.is(decide(profile, "setresuid", [U, 0xffffffff, U]), "SCMP_ACT_ALLOW");
  assert.is(decide(profile, "setresuid", [0, 0, 0]), "SCMP_ACT_ERRNO");
  assert.is(decide(profile, "setresuid", [0xffffffff, 0, 0xffffffff]), "SCMP_ACT_ERRNO");
  assert.is(decide(profile, "read", []), "SCMP_ACT_ALLOW");
  assert.is(decide(profile, "setgroups", []), "SCMP_ACT_ALLOW");
});

test("what the engine did not allow is not allowed now", () => {
  assert.is(decide(guarded(LIST), "setgid", [U]), "SCMP_ACT_ERRNO");
  assert.is(decide(guarded(LIST), "setfsuid", [U]), "SCMP_ACT_ERRNO");
});

test("without a list of the engine everything else stays allowed", () => {
  for (const engine of [undefined, { defaultAction: "SCMP_ACT_ALLOW" } as const]) {
    const profile = guarded(engine);
    assert.is(decide(profile, "setresuid", [U, U, U]), "SCMP_ACT_ALLOW");
    assert.is(decide(profile, "setresuid", [0, 0, 0]), "SCMP_ACT_ERRNO");
    assert.is(decide(profile, "setgid", [0]), "SCMP_ACT_ERRNO");
    assert.is(decide(profile, "open", []), "SCMP_ACT_ALLOW");
  }
});

test("what a profile only logs is not let through either", () => {
  const log = { names: ["setuid", "open"], action: "SCMP_ACT_LOG" } as const;
  const profiles: readonly Seccomp[] = [
    { defaultAction: "SCMP_ACT_LOG" },
    { defaultAction: "SCMP_ACT_LOG", syscalls: [{ names: ["setuid"], action: "SCMP_ACT_ALLOW" }] },
    { defaultAction: "SCMP_ACT_ALLOW", syscalls: [log] },
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [log] },
  ];
  for (const profile of profiles) {
    assert.is(decide(guarded(profile), "setuid", [0]), "SCMP_ACT_ERRNO");
    assert.is.not(decide(guarded(profile), "setuid", [U]), "SCMP_ACT_ERRNO");
    assert.is(decide(guarded(profile), "open", []), "SCMP_ACT_LOG", JSON.stringify(profile));
  }
});

test("a container of root's is left alone", () => {
  assert.is(guarded(LIST, 0), LIST);
});

test.run();
