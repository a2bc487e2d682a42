import { test } from "uvu";
import * as assert from "uvu/assert";
import { holderFormat } from "../../src/identity/holderRecord.ts";

const mark = { pid: 7, startTime: 99, pidNamespace: "pid:[1]", bootId: "b" };
const holder = {
  id: "c1",
  lease: "web",
  name: "web",
  groupName: "web",
  uid: 63404,
  gid: 63404,
  phase: "claimed",
  claimer: mark,
  cgroups: ["/sys/fs/cgroup/x"],
  releases: [
    { kind: "remove", path: "/run/web", links: [] },
    { kind: "removeIpc", uid: 1, gid: 1 },
  ],
  createdAt: "2026-01-01T00:00:00.000Z",
};

test("a holder is read back as it was written", () => {
  assert.equal(holderFormat.parse(JSON.stringify(holder)), holder);
  const attached = {
    ...holder,
    phase: "attached",
    init: mark,
    groupLease: "www",
    runtime: { path: "/usr/bin/crun", root: "/run/crun", id: "c1" },
  };
  assert.equal(holderFormat.parse(JSON.stringify(attached)), attached);
});

const damage: Readonly<Record<string, unknown>> = {
  id: 5,
  lease: "../etc",
  groupLease: "a/b",
  uid: -1,
  gid: 4294967295,
  phase: "free",
  claimer: { ...mark, pid: "7" },
  init: {},
  cgroups: ["relative"],
  runtime: { path: "/usr/bin/crun", root: "/run/crun", id: "--help" },
  releases: [{ kind: "remove", path: "/run/../etc", links: [] }],
  createdAt: null,
};

for (const [field, value] of Object.entries(damage)) {
  test(`a holder with a damaged ${field} is none`, () => {
    assert.is(holderFormat.parse(JSON.stringify({ ...holder, [field]: value })), undefined);
  });
}

test("what is no JSON, no object or far too long is no holder", () => {
  for (const text of ["", "{", "null", "[]", "7", '"x"', JSON.stringify({ ...holder, name: "x".repeat(2 ** 20) })]) {
    assert.is(holderFormat.parse(text), undefined, text.slice(0, 10));
  }
});

test.run();
