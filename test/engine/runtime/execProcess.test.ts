import { test } from "uvu";
import * as assert from "uvu/assert";
import { adaptExecProcess } from "../../../src/engine/runtime/execProcess.ts";
import type { Process } from "../../../src/oci/spec.ts";
import type { PreparedProcess } from "../../../src/start/preparedProcess.ts";

const CAPS = ["CAP_CHOWN", "CAP_KILL"];
const BEFORE: Process = {
  user: { uid: 0, gid: 0, additionalGids: [2000] },
  cwd: "/",
  env: ["PATH=/bin", "HOME=/root", "TERM=xterm", "GONE=1"],
  capabilities: { bounding: [...CAPS, "CAP_SETUID"], effective: CAPS, permitted: CAPS },
};
const AFTER: Process = {
  ...BEFORE,
  user: { uid: 63016, gid: 63016, additionalGids: [63016] },
  cwd: "/var/lib/web",
  env: ["PATH=/bin", "HOME=/", "TERM=xterm", "USER=web", "STATE_DIRECTORY=/var/lib/web"],
  capabilities: {
    bounding: CAPS,
    ambient: ["CAP_KILL"],
    inheritable: ["CAP_KILL"],
    effective: ["CAP_KILL"],
    permitted: ["CAP_KILL"],
  },
  noNewPrivileges: true,
  oomScoreAdj: 100,
  rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
};
const PREPARED: PreparedProcess = { before: BEFORE, after: AFTER };

function exec(changes: Partial<Process> = {}): Process {
  return adaptExecProcess({ ...BEFORE, args: ["id"], ...changes }, PREPARED);
}

test("the engine's default user becomes the container's, with its groups, directory and privileges", () => {
  const { user, cwd, noNewPrivileges, oomScoreAdj, args } = exec();
  assert.equal(user, AFTER.user);
  assert.is(cwd, "/var/lib/web");
  assert.is(noNewPrivileges, true);
  assert.is(oomScoreAdj, 100);
  assert.equal(args, ["id"]);
});

test("the labels of security modules are the container's", () => {
  const prepared = { before: BEFORE, after: { ...AFTER, apparmorProfile: "own", selinuxLabel: "u:r:own:s0" } };
  const { apparmorProfile, selinuxLabel } = adaptExecProcess({ ...BEFORE, apparmorProfile: "engine" }, prepared);
  assert.equal([apparmorProfile, selinuxLabel], ["own", "u:r:own:s0"]);
  assert.is(exec({ apparmorProfile: "engine" }).apparmorProfile, "engine");
});

test("capabilities are the container's, never wider than what the engine gives", () => {
  assert.equal(
    exec({ capabilities: { bounding: ["CAP_SYS_ADMIN", ...CAPS], effective: ["CAP_SYS_ADMIN"] } }).capabilities,
    {
      bounding: CAPS,
      effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL"],
      permitted: ["CAP_KILL"],
      ambient: ["CAP_KILL"],
    },
  );
  const none = exec({ capabilities: {} }).capabilities;
  assert.equal(none?.bounding, CAPS);
  assert.equal(exec({ capabilities: { bounding: ["CAP_CHOWN"] } }).capabilities?.ambient, []);
});

test("variables of the caller stay, the engine's get the container's values, removed ones go", () => {
  const env = exec({ env: ["PATH=/mine", "HOME=/root", "TERM=xterm", "GONE=1", "NEW=1"] }).env;
  assert.equal([...(env ?? [])].sort(), [
    "HOME=/",
    "NEW=1",
    "PATH=/mine",
    "STATE_DIRECTORY=/var/lib/web",
    "TERM=xterm",
    "USER=web",
  ]);
  assert.ok(exec({ env: ["HOME=/else"] }).env?.includes("HOME=/else"));
});

test("the container's own user can be named, and no other one", () => {
  assert.equal(exec({ user: { uid: 63016, gid: 0 } }).user, AFTER.user);
  for (const user of [
    { uid: 1000, gid: 1000 },
    { uid: 0, gid: 5 },
    { uid: 63017, gid: 63017 },
  ]) {
    assert.throws(() => exec({ user }), `cannot exec as UID ${user.uid}`);
  }
});

test("where no user was chosen the engine's stays, within the container's capabilities", () => {
  const after = { ...AFTER, user: BEFORE.user };
  const process = { ...BEFORE, user: { uid: 5, gid: 5 }, capabilities: { bounding: ["CAP_SETUID", "CAP_CHOWN"] } };
  const adapted = adaptExecProcess(process, { before: BEFORE, after });
  assert.equal(adapted.user, { uid: 5, gid: 5 });
  assert.equal(adapted.capabilities?.bounding, ["CAP_CHOWN"]);
});

test("limits of the container's settings win, the engine's others stay", () => {
  const limits = exec({
    rlimits: [
      { type: "RLIMIT_CORE", soft: 9, hard: 9 },
      { type: "RLIMIT_NOFILE", soft: 5, hard: 5 },
    ],
  }).rlimits;
  assert.equal(limits, [
    { type: "RLIMIT_NOFILE", soft: 5, hard: 5 },
    { type: "RLIMIT_CORE", soft: 0, hard: 0 },
  ]);
});

test.run();
