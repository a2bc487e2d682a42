import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, tracesIn } from "../../support/engines/engines.ts";
import { makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { RUNTIMES } from "../../support/engines/runtimes.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/* Once the process that created a container has ended, its init is what the low-level runtime has recorded. */

interface Stage {
  testHost: TestHost;
  /** A line of shell beside the bundle, with what the container's holder says afterwards; it has none of a released one. */
  sh(script: string): { readonly phase?: string; readonly init?: { readonly pid: number } };
}

for (const { name, title, program, install } of RUNTIMES) {
  const created = suite<Stage>(`the init of a container that ${title} has created`);

  created.before.each(async (stage) => {
    const testHost = await openTestHost("with roots");
    install(testHost);
    const bundle = makeAskingBundle(testHost, program);
    bundle.write(["sleep", "1000"]);
    stage.testHost = testHost;
    stage.sh = (script) => {
      const holder = "cat /run/dynuser/holders/*.json 2>/dev/null || echo '{}'";
      const { status, stdout, stderr } = testHost.sh(`${script} && { ${holder}; }`, {
        cwd: bundle.directory,
        env: { runtime: runtimePath(name), program, DYNUSER },
      });
      assert.is(status, 0, stderr);
      return JSON.parse(stdout);
    };
    stage.sh("$runtime create c </dev/null >/dev/null 2>&1");
  });
  created.after.each(async ({ testHost }) => {
    const traces = tracesIn(testHost);
    await testHost.close();
    assert.equal(traces, []);
  });

  created("is found without starting the runtime, and keeps the user", ({ testHost, sh }) => {
    const { pid } = JSON.parse(testHost.run([program, "state", "c"]).stdout);
    const holder = sh(
      'mount --bind /bin/false "$program"; $DYNUSER gc >/dev/null; status=$?; umount "$program"; (exit $status)',
    );
    assert.is(holder.phase, "attached");
    assert.is(holder.init?.pid, pid);
    sh("$runtime delete --force c");
  });

  created("releases the user by its end", ({ testHost, sh }) => {
    const { pid } = JSON.parse(testHost.run([program, "state", "c"]).stdout);
    const ended = `kill -KILL ${pid}; i=0; until [ $i = 1000 ] || ! grep -qsE '^State:.[^ZX]|^Threads:.([2-9]|..)' /proc/${pid}/status; do i=$((i + 1)); done`;
    assert.equal(sh(`${ended}; $DYNUSER gc >/dev/null`), {});
    sh("$program delete --force c");
  });

  created("is asked of the runtime where its record is of another kind", ({ testHost, sh }) => {
    const { pid } = JSON.parse(testHost.run([program, "state", "c"]).stdout);
    const records = "$(ls /run/crun/c/status /run/runc/c/state.json 2>/dev/null)";
    const holder = sh(`chmod g+w ${records}; $DYNUSER gc >/dev/null; chmod g-w ${records}`);
    assert.is(holder.init?.pid, pid);
    sh("$runtime delete --force c");
  });

  created.run();
}
