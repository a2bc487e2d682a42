import { test } from "uvu";
import * as assert from "uvu/assert";
import { refuseWideningExec } from "../../src/commands/execArguments.ts";
import { parseRuntimeArguments } from "../../src/oci/runtimeArguments.ts";

const before = { cwd: "/", user: { uid: 0, gid: 0 } };
const after = {
  cwd: "/",
  user: { uid: 63016, gid: 63016 },
  capabilities: { bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"], ambient: ["CAP_KILL"] },
  apparmorProfile: "own",
  noNewPrivileges: true,
};

function exec(line: string, runtimeName = "runc"): void {
  refuseWideningExec(parseRuntimeArguments(line.split(" ")), { before, after }, runtimeName);
}

test("what gives nothing more passes", () => {
  for (const line of [
    "exec c id",
    "exec -e A=1 --cwd / c id",
    "exec -u 63016:63016 c id",
    "exec --cap kill --apparmor own c id",
  ])
    exec(line);
  exec("exec --no-new-privs --user 63016:63016 c id", "crun");
});

test("what would give more is refused, all of it at once", () => {
  assert.throws(() => exec("exec --user 0 c id"), '--user "0", expected 63016:63016 or no --user');
  assert.throws(() => exec("exec -c CAP_SYS_ADMIN c id"), "--cap CAP_SYS_ADMIN, expected CAP_KILL");
  assert.throws(() => exec("exec -c CAP_CHOWN c id"), "--cap CAP_CHOWN, expected CAP_KILL");
  assert.throws(() => exec("exec --apparmor unconfined c id"), '--apparmor "unconfined", expected "own"');
  assert.throws(() => exec("exec -g 0 -u root c id"), /--user "root"(?:.|\n)*--additional-gids 0/);
});

test("crun has to be told who the container's user is, runc knows", () => {
  for (const user of ["", "--user 63016 ", "--user 0 "]) {
    assert.throws(() => exec(`exec --no-new-privs ${user}c id`, "crun"), "expected --user 63016:63016");
  }
});

test("crun has to be told to keep privileges from growing, runc knows", () => {
  assert.throws(() => exec("exec c id", "crun"), "no --no-new-privs");
  for (const name of ["crun", "runc"]) {
    assert.throws(() => exec("exec --no-new-privs=false c id", name), "no --no-new-privs");
    assert.throws(() => exec("exec --no-new-privs=0 c id", name), "no --no-new-privs");
  }
});

test.run();
