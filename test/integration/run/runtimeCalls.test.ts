import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { callsNeededBy } from "../../../src/apply/seccomp/runtimeNeeds.ts";
import { pidProgram } from "../../../src/run/passing/pidProgram.ts";
import { RUNTIMES } from "../../support/engines/runtimes.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/*
 * Each low-level runtime is traced once; then a service is started under a filter that kills at one of its calls, for each
 * of them. The service's program makes hardly any calls itself.
 */

/** How the runtime sets the process up; what it does after the filter is loaded depends on it. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  "no new privileges": ["-p", "DynamicUser=no", "-p", "NoNewPrivileges=yes"],
  root: ["-p", "DynamicUser=no"],
  "another user": ["-p", "DynamicUser=no", "-p", "User=nobody", "-p", "WorkingDirectory=/tmp"],
};

/** What the program does: it looks for its PID, can execute nothing, and ends so. */
const OF_THE_PROGRAM: readonly string[] = ["execve", "exit_group", "getpid"];
const NOTHING = 126;

for (const { name, title, program, install } of RUNTIMES) {
  const calls = suite<{ testHost: TestHost; traced: string; file: string; nothing: string }>(title);

  calls.before(async (stage) => {
    stage.testHost = await openTestHost("with roots");
    install(stage.testHost);
    const { directory } = stage.testHost;
    stage.file = join(directory, "calls");
    stage.traced = join(directory, name);
    const strace = `exec strace -D -f -qq -A -o ${stage.file} ${program} "$@"`;
    writeFileSync(
      stage.traced,
      `#!/bin/sh\ncase $* in *--version*|*features*) exec ${program} "$@" ;; esac\n${strace}\n`,
    );
    stage.nothing = join(directory, "nothing");
    writeFileSync(stage.nothing, pidProgram(process.arch));
    for (const path of [stage.traced, stage.nothing]) chmodSync(path, 0o755);
    chmodSync(directory, 0o755);
  });
  calls.after(({ testHost }) => testHost.close());

  for (const [how, options] of Object.entries(SERVICES)) {
    calls(`${title}: no call that is not listed is needed to start ${how}`, ({ testHost, traced, file, nothing }) => {
      const run = (runtime: string, ...more: readonly string[]) =>
        testHost.run([DYNUSER, "run", "-q", "--runtime", runtime, ...options, ...more, "--", nothing]);
      assert.is(run(traced).status, NOTHING);
      const used = callsIn(file);
      assert.ok(used.length > 40, used.join(" "));
      const listed = callsNeededBy({ name }, how === "no new privileges");
      const others = used.filter((call) => !listed.includes(call) && !OF_THE_PROGRAM.includes(call));
      const needed = others.filter((call) => run(program, "-p", `SystemCallFilter=~${call}`).status !== NOTHING);
      assert.equal(needed, []);
    });
  }

  calls.run();
}

function callsIn(file: string): readonly string[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return [...new Set([...text.matchAll(/^\d+ +(\w+)\(/gm)].map(([, call]) => call!))].sort();
}
