import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** The look for leftovers beside programs that write and make things on the same machine all the time. */

const ROOT = join(import.meta.dirname, "../../..");

/** Makes what leftovers.ts looks for, prints a line once everything is there, and goes on until it is ended. */
const NEIGHBOUR = `
  cgroup=$(sed -n 's,^[0-9]* [0-9]* [0-9:]* / \\(/sys/fs/cgroup[^ ]*\\) .* - cgroup2* .*,\\1,p' /proc/self/mountinfo | head -n 1)
  end() {
    rm -rf /tmp/neighbour-* /run/neighbour-* /var/lib/neighbour-*
    find "$cgroup" -depth -type d -name 'neighbour-*' -exec rmdir {} +
    ipcs -m | awk '$6 == 0 && $2 ~ /[0-9]/ { print $2 }' | xargs -r -n 1 ipcrm -m
    exit
  }
  trap end TERM
  ipcmk -M 1 >/dev/null
  i=0
  while :; do
    i=$(((i + 1) % 100))
    for directory in /tmp /run /var/lib; do echo >"$directory/neighbour-$i"; done
    mkdir -p "$cgroup/neighbour-$i"
    [ "$i" != 1 ] || echo started
  done`;

const neighbours = suite<{ busy: ChildProcess }>("neighbours");
neighbours.before.each(async (context) => {
  context.busy = spawn("sh", ["-c", NEIGHBOUR], { stdio: ["ignore", "pipe", "inherit"] });
  await once(context.busy.stdout!, "data");
});
neighbours.after.each(async ({ busy }) => {
  busy.kill();
  await once(busy, "exit");
});

neighbours("what other programs make is nothing that a test has left", () => {
  assert.match(runIsolated("test/values/names.test.ts"), /Passed: +[1-9]/);
});

neighbours("what a test leaves or removes is found among it", () => {
  const file = "/root/leaves.ts";
  writeFileSync(
    file,
    `require("node:fs").writeFileSync("/tmp/left", ""); require("node:fs").unlinkSync("/root/leaves.ts");`,
  );
  try {
    assert.is(runIsolated(file), `changed: left behind: file /tmp/left\nchanged: taken away: file ${file}\n`);
  } finally {
    rmSync(file);
  }
});

neighbours.run();

/** The output of a file of tests that runs as test/run.ts has it. */
function runIsolated(file: string): string {
  const command = ["test/support/hosts/isolate.sh", ROOT, process.execPath, "test/support/hosts/isolated.ts", file];
  const { stdout, stderr, status } = spawnSync("sh", command, { cwd: ROOT, encoding: "utf8" });
  assert.equal([stderr.replaceAll(/\x1b\[[0-9;]*m/g, "").trim(), status], ["", 0]);
  assert.not.match(stdout, /neighbour/);
  return stdout;
}
