import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser, startDynuser } from "../../support/hosts/dynuser.ts";

const LONG = "dynuser-with-a-very-long-name";

/** Lines of a command on a terminal of so many columns. */
function onTerminal(columns: number, command: string): readonly string[] {
  const { stdout } = spawnSync(
    "script",
    ["-qec", `stty cols ${columns}; NO_COLOR=1 ${DYNUSER} ${command}`, "/dev/null"],
    {
      encoding: "utf8",
      input: "",
    },
  );
  return stdout.replaceAll("\r", "").trimEnd().split("\n");
}

test("tables fit the terminal, and ps has 60 columns in a pipe", async () => {
  const runs = [[], ["--name", LONG, "-p", `StateDirectory=${LONG}`]].map((options) =>
    startDynuser(["run", ...options, "--", "sh", "-c", "echo ready; read line"]),
  );
  try {
    for (const run of runs) await run.until("ready");
    for (const command of ["ps", "state ls", "uid ls", `uid history ${LONG}`, "analyze -p ProtectSystem=strict"]) {
      for (const columns of [60, 90]) {
        const lines = onTerminal(columns, command);
        assert.ok(lines.length > 1, command);
        for (const line of lines) assert.ok(line.length <= columns, `${command} in ${columns}: ${line}`);
      }
    }
    const { output } = dynuser(["ps"]);
    const row = output.split("\n").find((line) => line.startsWith("run-"));
    assert.ok(row !== undefined && row.length <= 70 && output.includes(`${LONG}  `), output);
    assert.ok(dynuser(["state", "ls"]).output.includes(`/var/lib/private/${LONG}\n`));
  } finally {
    for (const run of runs) run.process.stdin!.end("\n");
    await Promise.all(runs.map((run) => run.ended));
  }
  dynuser(["state", "clean", "--what=all", LONG]);
});

test.run();
