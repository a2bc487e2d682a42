import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRuntimeArguments } from "../../../src/engine/runtime/arguments.ts";
import { processFromArguments } from "../../../src/engine/runtime/execArguments.ts";

const before = { cwd: "/", user: { uid: 0, gid: 0 } };
const after = {
  cwd: "/",
  user: { uid: 63016, gid: 63016 },
  env: ["A=0", "PATH=/bin"],
  capabilities: { bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"], ambient: ["CAP_KILL"] },
  apparmorProfile: "own",
  noNewPrivileges: true,
};

function exec(line: string) {
  return processFromArguments(parseRuntimeArguments(line.split(" "), "runc"), { before, after });
}

test("what gives nothing more passes, and the process is the container's with another command", () => {
  const process = { ...after, args: ["id", "-u"], terminal: false };
  for (const line of ["exec c id -u", "exec -u 63016 c id -u", "exec -u 63016:63016 --cap kill --apparmor own c id -u"])
    assert.equal(exec(line), process, line);
  assert.equal(exec("exec -e A=1 -e B=2 --cwd /tmp -t c id -u"), {
    ...process,
    env: ["A=1", "PATH=/bin", "B=2"],
    cwd: "/tmp",
    terminal: true,
  });
});

test("what would give more is refused, all of it at once", () => {
  const refuses = (line: string, message: string | RegExp) => assert.throws(() => exec(line), message);
  refuses("exec --user 0 c id", '--user "0", expected 63016:63016 or no --user');
  refuses("exec -c CAP_SYS_ADMIN c id", "--cap CAP_SYS_ADMIN, expected CAP_KILL");
  refuses("exec -c CAP_CHOWN c id", "--cap CAP_CHOWN, expected CAP_KILL");
  refuses("exec --apparmor unconfined c id", '--apparmor "unconfined", expected "own"');
  refuses("exec --no-new-privs=false c id", "found --no-new-privs=false, expected it");
  refuses("exec -g 0 -u root c id", /--user "root"(?:.|\n)*--additional-gids 0/);
});

test("where no user was chosen another one may be, in UIDs", () => {
  const own = { before, after: { ...after, user: before.user } };
  const process = (line: string) => processFromArguments(parseRuntimeArguments(line.split(" "), "crun"), own);
  assert.equal(process("exec -u 5:6 c id").user, { uid: 5, gid: 6 });
  assert.throws(() => process("exec -u five c id"), 'found --user "five", expected UID or UID:GID');
});

test.run();
