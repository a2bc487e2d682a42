import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEdits } from "../../src/apply/apply.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import { UserError } from "../../src/errors.ts";
import { makePlan } from "../../src/model/plan.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { contextOf } from "../support/bundles/plan.ts";
import { makeRandom } from "../support/random.ts";
import { FACTS, randomSpec, SAMPLES, textsFor } from "../support/randomContainers.ts";
import { rightsGained } from "../support/rights.ts";

const ROUNDS = 20;
const RESTRICTING = [...new Set(DIRECTIVES.values())].filter(
  ({ effect, support }) => effect === "restricts" && support !== "refused" && support !== "ignored",
);

for (const row of RESTRICTING) {
  test(`${row.name}= grants no right, whatever its value and whatever the container had`, () => {
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

test.run();
