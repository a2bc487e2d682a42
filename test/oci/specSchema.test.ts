import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseJson } from "../../src/oci/json.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { assertValidSpec, specProblems } from "../support/bundles/specSchema.ts";

const SPEC: Spec = {
  ociVersion: "1.0.2",
  root: { path: "rootfs" },
  process: {
    cwd: "/",
    user: { uid: 61184, gid: 61184, umask: 0o22 },
    args: ["true"],
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024n, hard: 18446744073709551615n }],
  },
  mounts: [
    {
      destination: "/var/lib/web",
      type: "bind",
      source: "/var/lib/private/web",
      options: ["rbind"],
      uidMappings: [{ containerID: 65534, hostID: 61184, size: 1 }],
    },
  ],
  linux: { namespaces: [{ type: "mount" }], seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] } },
};

test("a spec with 64-bit limits and mapped mounts fits the official schema", () => {
  assertValidSpec(SPEC);
  assertValidSpec({
    ...SPEC,
    process: parseJson(
      `{"cwd": "/", "user": {"uid": 0, "gid": 0}, "rlimits": [{"type": "RLIMIT_CPU", "soft": 18446744073709551615, "hard": 18446744073709551615}]}`,
    ),
  } as Spec);
});

const BROKEN: Readonly<Record<string, object>> = {
  " must have required property 'ociVersion'": { root: { path: "/" } },
  "/mounts/0 must have required property 'destination'": { ...SPEC, mounts: [{ source: "/a" }] },
  "/process/user/uid must be integer": { ...SPEC, process: { cwd: "/", user: { uid: "web", gid: 0 } } },
  '/process/rlimits/0/type must match pattern "^RLIMIT_[A-Z]+$"': {
    ...SPEC,
    process: { ...SPEC.process, rlimits: [{ type: "NOFILE", soft: 1, hard: 1 }] },
  },
  "/linux/seccomp/defaultAction must be equal to one of the allowed values": {
    ...SPEC,
    linux: { seccomp: { defaultAction: "SCMP_ACT_MAYBE" } },
  },
};

for (const [problem, spec] of Object.entries(BROKEN)) {
  test(`the schema says${problem.startsWith(" ") ? "" : " "}${problem}`, () => {
    assert.equal(specProblems(spec as Spec), [problem]);
  });
}

test.run();
