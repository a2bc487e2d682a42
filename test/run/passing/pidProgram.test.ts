import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PID_PLACEHOLDER, pidProgram } from "../../../src/run/passing/pidProgram.ts";

const directory = mkdtempSync(join(tmpdir(), "dynuser-pid-program-"));
test.after(() => rmSync(directory, { recursive: true }));

test("the program writes its PID into LISTEN_PID=, closes itself and executes its arguments", () => {
  const path = join(directory, process.arch);
  writeFileSync(path, pidProgram(process.arch), { mode: 0o755 });
  const look = 'echo "$LISTEN_PID $$ $LISTEN_PIDS $A"; [ -e /proc/$$/fd/3 ] || echo closed; echo "$1"';
  const env = { A: "1", LISTEN_PIDS: "2", LISTEN_PID: PID_PLACEHOLDER, PATH: "/usr/bin:/bin" };
  const { stdout } = spawnSync("/proc/self/fd/3", ["/bin/sh", "-c", look, "sh", "argument"], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit", openSync(path, "r")],
  });
  assert.match(stdout, /^(\d+) \1 2 1\nclosed\nargument\n$/);
});

test("a program that cannot be executed ends with 126, and one without the variable runs", () => {
  const path = join(directory, "other");
  writeFileSync(path, pidProgram(process.arch), { mode: 0o755 });
  const call = (program: string) =>
    spawnSync("/proc/self/fd/3", [program], { env: {}, stdio: ["ignore", "pipe", "inherit", openSync(path, "r")] })
      .status;
  assert.equal([call("/nonexistent"), call("/bin/true")], [126, 0]);
});

test.run();
