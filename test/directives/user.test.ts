import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemsOf } from "../../src/errors.ts";
import type { Identity } from "../../src/model/facts.ts";
import { makePlan } from "../../src/model/plan.ts";
import { contextOf, DYNAMIC, planOf, type Situation } from "../support/bundles/plan.ts";

const STATIC: Identity = {
  name: "alice",
  groupName: "users",
  uid: 1000,
  gid: 100,
  leased: false,
  groupLeased: false,
  groups: [100, 27],
  home: "/home/alice",
  shell: "/bin/bash",
};
const findGroup = (name: string) => (name === "video" ? { gid: 44 } : undefined);

function variables(settings: string, situation: Situation): unknown {
  const edits = planOf("User", settings, situation).filter((edit) => edit.kind === "environment");
  return edits.map((edit) => edit.variables)[0];
}

test("a static user has its groups, home and shell", () => {
  assert.equal(
    planOf("User", "User=alice\nSupplementaryGroups=video 27 5", { identity: STATIC, facts: { findGroup } }),
    [
      { kind: "user", uid: 1000, gid: 100, additionalGids: [100, 27, 44, 5] },
      {
        kind: "environment",
        layer: "login",
        variables: { USER: "alice", LOGNAME: "alice", HOME: "/home/alice", SHELL: "/bin/bash" },
      },
      { kind: "capabilities", onlyAmbient: true },
    ],
  );
});

test("User=, Group= and SupplementaryGroups= yield the same edit", () => {
  const context = contextOf("DynamicUser=yes\nUser=web\nGroup=web\nSupplementaryGroups=5\nSetLoginEnvironment=yes", {
    identity: DYNAMIC,
  });
  const users = makePlan(context).edits.filter(({ item }) => item.kind === "user");
  assert.ok(users.length > 1);
  for (const { item } of users)
    assert.equal(item, { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404, 5] });
});

test("root has only the listed groups and keeps its capabilities", () => {
  const identity = { ...STATIC, name: "root", uid: 0, gid: 0, groups: [0, 1, 2], home: "/root" };
  const changes = planOf("User", "User=root\nSupplementaryGroups=5", { identity });
  assert.equal(changes[0], { kind: "user", uid: 0, gid: 0, additionalGids: [5] });
  assert.not(changes.some((change) => change.kind === "capabilities"));
});

test("without User= the engine's user gets the groups", () => {
  const spec = { ociVersion: "1.0.2", process: { user: { uid: 33, gid: 33, additionalGids: [1, 2] }, cwd: "/" } };
  assert.equal(planOf("SupplementaryGroups", "SupplementaryGroups=video", { spec, facts: { findGroup } }), [
    { kind: "user", uid: 33, gid: 33, additionalGids: [33, 44] },
  ]);
  assert.equal(planOf("Group", "Group=video", { facts: { findGroup } }), [
    { kind: "user", uid: 0, gid: 44, additionalGids: [] },
  ]);
});

test("an unknown group is refused", () => {
  assert.throws(
    () => planOf("SupplementaryGroups", "SupplementaryGroups=nope", { identity: DYNAMIC, facts: { findGroup } }),
    'cannot honour SupplementaryGroups=: found no group "nope" on this host',
  );
});

test("a placeholder shell is not set, and a missing home is /", () => {
  for (const shell of ["/usr/sbin/nologin", "/bin/false", "/sbin/nologin", ""]) {
    const identity = { ...STATIC, shell, home: "" };
    assert.equal(variables("User=alice", { identity }), { USER: "alice", LOGNAME: "alice", HOME: "/" });
  }
});

test("SetLoginEnvironment=no omits all login variables except USER", () => {
  assert.equal(variables("User=alice\nSetLoginEnvironment=no", { identity: STATIC }), { USER: "alice" });
});

test("root has login variables only with SetLoginEnvironment=yes", () => {
  assert.equal(planOf("SetLoginEnvironment", "SetLoginEnvironment=yes"), [
    {
      kind: "environment",
      layer: "login",
      variables: { USER: "root", LOGNAME: "root", HOME: "/root", SHELL: "/bin/sh" },
    },
  ]);
  assert.equal(planOf("SetLoginEnvironment", "SetLoginEnvironment=no"), []);
});

test("invalid user names and numbers are refused", () => {
  for (const text of ["User=65535", "Group=4294967295", "User=a:b", "User=a/b", "SupplementaryGroups=007", "User=%z"]) {
    let problems: readonly string[] | undefined;
    try {
      contextOf(text);
    } catch (error) {
      problems = problemsOf(error);
    }
    assert.match(
      problems?.[0] ?? "",
      /^cannot read (User|Group|SupplementaryGroups)=: found ".*", expected .* \(-p\)$/,
    );
  }
});

test.run();
