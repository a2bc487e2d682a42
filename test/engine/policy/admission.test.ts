import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeConfiguration } from "../../../src/config/configuration.ts";
import type { WrittenRules } from "../../../src/config/written.ts";
import { NO_DOOR_CHECKS } from "../../../src/engine/creation.ts";
import { admit } from "../../../src/engine/policy/admission.ts";
import { readAnnotations } from "../../../src/engine/request/annotations.ts";
import type { ContainerRequest } from "../../../src/engine/request/request.ts";
import { problemsOf } from "../../../src/errors.ts";
import type { Spec } from "../../../src/oci/spec.ts";
import { readFlag } from "../../../src/settings/flags.ts";

const SPEC: Spec = {
  ociVersion: "1.0.2",
  process: {
    cwd: "/",
    user: { uid: 0, gid: 0 },
    rlimits: [
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_NOFILE", soft: 4, hard: 4 },
    ],
  },
};

function problems(rules: WrittenRules, asked: Readonly<Record<string, string>>, profile: readonly string[] = []) {
  try {
    admit(requestOf(rules, asked, profile), "web.service", SPEC, NO_DOOR_CHECKS);
    return [];
  } catch (error) {
    return problemsOf(error)!;
  }
}

function requestOf(
  written: WrittenRules,
  asked: Readonly<Record<string, string>>,
  profile: readonly string[],
): ContainerRequest {
  const { podman: rules, identity, pods } = completeConfiguration({ engines: { podman: written } });
  const ours = Object.fromEntries(Object.entries(asked).map(([name, value]) => [`dynuser/${name}`, value]));
  return {
    engine: "podman",
    rules,
    annotations: { ...ours, "run.oci.handler": "wasm" },
    profile: profile.map(readFlag),
    requested: readAnnotations(ours)?.settings ?? [],
    name: "web",
    copiesImageAnnotations: false,
    staticUsers: false,
    identity,
    podRules: pods,
  };
}

test("all problems of a request are reported together: policy, runtime, values, maxima, profile", () => {
  const asked = { BindPaths: "/etc", ProtectHome: "no", LimitNOFILE: "10", ProtectSystem: "yes" };
  const found = problems({ policy: "safe", maxima: { LimitNOFILE: "5" } }, asked, ["ProtectHome=yes"]);
  assert.equal(
    found.map((line) => /^cannot (take \S+ ?"?[\w.]*)/.exec(line)?.[1]),
    ["take BindPaths= from", 'take annotation "run.oci.handler', "take LimitNOFILE= from", "take ProtectHome= from"],
  );
});

test("a limit that the engine has set is not raised, but by the administrator's word", () => {
  const limits = (rules: WrittenRules, profile: readonly string[] = []) =>
    problems(rules, { LimitCORE: "infinity", LimitNOFILE: "4" }, profile).filter((line) => line.includes("Limit"));
  assert.equal(limits({}), [
    "cannot take LimitCORE= from an annotation: found more than the engine's limit of 0, expected that at most",
  ]);
  assert.equal(limits({ policy: "all" }), []);
  assert.equal(limits({ maxima: { LimitCORE: "infinity" } }), []);
  assert.equal(limits({}, ["LimitCORE=infinity"]), []);
});

test("a value that cannot be read does not hide what the policy forbids", () => {
  const found = problems({ policy: "safe" }, { BindPaths: "/etc", ProtectHome: "maybe", Nope: "1" });
  assert.equal(
    found.map((line) => line.split(":")[0]),
    [
      "cannot take BindPaths= from an annotation",
      'cannot take annotation "run.oci.handler"',
      "cannot read ProtectHome=",
      "cannot read Nope=",
    ],
  );
});

test.run();
