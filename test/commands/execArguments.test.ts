import { test } from "uvu";
import * as assert from "uvu/assert";
import { refuseWideningExec } from "../../src/commands/execArguments.ts";
import { parseRuntimeArguments } from "../../src/oci/runtimeArguments.ts";

const before = { cwd: "/", user: { uid: 0, gid: 0 } };
const after = {
  cwd: "/",
  user: { uid: 63016, gid: 63016 },
  capabilities: { bounding: ["CAP_KILL"] },
  noNewPrivileges: true,
};

function exec(line: string, runtimeName = "runc"): void {
  refuseWideningExec(parseRuntimeArguments(line.split(" ")), { before, after }, runtimeName);
}

test("what gives nothing more passes", () => {
  for (const line of ["exec c id", "exec -e A=1 --cwd / c id", "exec -u 63016:63016 c id", "exec --cap kill c id"])
    exec(line);
  exec("exec --no-new-privs c id", "crun");
});

test("what would give more is refused, all of it at once", () => {
  assert.throws(() => exec("exec --user 0 c id"), '--user "0", expected 63016:63016 or no --user');
  assert.throws(() => exec("exec -c CAP_SYS_ADMIN c id"), "--cap CAP_SYS_ADMIN, expected CAP_KILL");
  assert.throws(() => exec("exec -g 0 -u root c id"), /--user "root"(?:.|\n)*--additional-gids 0/);
});

test("crun has to be told to keep privileges from growing, runc knows", () => {
  assert.throws(() => exec("exec c id", "crun"), "no --no-new-privs");
  assert.throws(() => exec("exec --no-new-privs=false c id", "crun"), "no --no-new-privs");
});

test.run();
