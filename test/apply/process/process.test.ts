import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyEnvironment } from "../../../src/apply/process/environment.ts";
import { applyProcess } from "../../../src/apply/process/process.ts";
import type { Edit } from "../../../src/model/edit.ts";
import type { Spec } from "../../../src/oci/spec.ts";

const ALL = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"];
const SPEC = {
  ociVersion: "1.0.2",
  annotations: { "run.oci.keep_original_groups": "1", other: "2" },
  process: {
    future: { a: 1 },
    user: { uid: 0, gid: 0, additionalGids: [0, 1, 6], username: "root", future: 2 },
    cwd: "/",
    env: ["PATH=/bin", "A=1", "A=2", "NOEQUALS"],
    capabilities: { bounding: ALL, effective: ALL, permitted: ALL, inheritable: ALL, ambient: ["CAP_KILL"] },
    rlimits: [
      { type: "RLIMIT_CORE", soft: 1, hard: 2 },
      { type: "RLIMIT_NOFILE", soft: 1, hard: 2 },
    ],
  },
} as unknown as Spec;

const user: Edit = { kind: "user", uid: 7, gid: 8, additionalGids: [8] };
const onlyAmbient: Edit = { kind: "capabilities", onlyAmbient: true };
const EDITS: readonly Edit[] = [
  user,
  onlyAmbient,
  { kind: "process", field: "umask", value: 0o77 },
  { kind: "process", field: "noNewPrivileges", value: true },
  { kind: "process", field: "cwd", value: "/srv" },
  { kind: "rlimit", type: "RLIMIT_CORE", soft: 0n, hard: 2n ** 64n - 1n },
  { kind: "rlimit", type: "RLIMIT_NPROC", soft: 5n, hard: 5n },
  { kind: "capabilities", drop: ["CAP_KILL"] },
  { kind: "environment", layer: "set", variables: { A: "3", B: "4" } },
  { kind: "unsetEnvironment", names: ["PATH"] },
];

test("user, umask, directory, privileges and limits are replaced, unknown members stay", () => {
  const { process, annotations } = applyProcess(SPEC, EDITS);
  assert.equal(process, {
    future: { a: 1 },
    user: { uid: 7, gid: 8, additionalGids: [8], umask: 0o77, future: 2 },
    cwd: "/srv",
    noNewPrivileges: true,
    env: SPEC.process?.env,
    capabilities: { bounding: ["CAP_CHOWN", "CAP_SETUID"], effective: [], permitted: [], inheritable: [], ambient: [] },
    rlimits: [
      { type: "RLIMIT_CORE", soft: 0n, hard: 2n ** 64n - 1n },
      { type: "RLIMIT_NOFILE", soft: 1, hard: 2 },
      { type: "RLIMIT_NPROC", soft: 5n, hard: 5n },
    ],
  });
  assert.equal(annotations, { other: "2" });
});

test("capabilities never grow, whatever is kept", () => {
  const { capabilities } = applyProcess(SPEC, [{ kind: "capabilities", keep: ["CAP_CHOWN", "CAP_SYS_ADMIN"] }])
    .process!;
  const one = ["CAP_CHOWN"];
  assert.equal(capabilities, { bounding: one, effective: one, permitted: one, inheritable: one, ambient: [] });
});

test("ambient capabilities are those of the bounding set, for root and others", () => {
  const ambient: Edit = { kind: "capabilities", ambient: ["CAP_CHOWN", "CAP_SYS_ADMIN"] };
  const one = ["CAP_CHOWN"];
  assert.equal(applyProcess(SPEC, [ambient, onlyAmbient]).process!.capabilities, {
    bounding: ALL,
    effective: one,
    permitted: one,
    inheritable: one,
    ambient: one,
  });
  assert.equal(applyProcess(SPEC, [ambient]).process!.capabilities?.ambient, ["CAP_KILL", "CAP_CHOWN"]);
  assert.equal(applyProcess(SPEC, [ambient, { kind: "capabilities", drop: one }]).process!.capabilities?.ambient, [
    "CAP_KILL",
  ]);
});

test("a spec without capabilities gets none", () => {
  const spec = { ociVersion: "1.0.2", process: { user: { uid: 0, gid: 0 }, cwd: "/" } };
  const ambient: Edit = { kind: "capabilities", ambient: ["CAP_CHOWN"] };
  assert.equal(Object.values(applyProcess(spec, [ambient]).process!.capabilities!).flat(), []);
});

test("variables keep their place, later layers win whatever the order of the edits", () => {
  const edits: readonly Edit[] = [
    { kind: "environment", layer: "file", variables: { A: "file" } },
    { kind: "environment", layer: "login", variables: { A: "login", PATH: "/login" } },
  ];
  assert.equal(applyEnvironment(SPEC, edits).process?.env, ["PATH=/login", "A=file", "NOEQUALS"]);
});

test("unsetting takes whole variables, or exact values", () => {
  const unset = (...names: readonly string[]) =>
    applyEnvironment(SPEC, [{ kind: "unsetEnvironment", names }]).process?.env;
  assert.equal(unset("PATH"), ["A=2", "NOEQUALS"]);
  assert.equal(unset("A=1", "PATH=/bin"), ["A=2", "NOEQUALS"]);
});

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null)
    for (const member of Object.values(Object.freeze(value))) freeze(member);
  return value;
}

test("applying twice is applying once, and the input stays as it was", () => {
  const input = freeze(structuredClone(SPEC));
  const apply = (spec: Spec): Spec => applyEnvironment(applyProcess(spec, freeze(EDITS)), EDITS);
  const once = apply(input);
  assert.equal(apply(once), once);
  assert.equal(input, SPEC);
});

test("no edits and no process change nothing", () => {
  assert.is(applyEnvironment(applyProcess(SPEC, []), []), SPEC);
  const empty = { ociVersion: "1.0.2" };
  assert.is(applyEnvironment(applyProcess(empty, EDITS), EDITS), empty);
});

test.run();
