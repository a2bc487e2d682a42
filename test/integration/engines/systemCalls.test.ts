import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runtimePath, startStandby } from "../../support/engines/engines.ts";
import { makeAskingBundle } from "../../support/engines/requestingBundle.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { callsForRequest, callsOfProgram, tracing } from "../../support/systemCalls.ts";

/*
 * How much dynuser asks of the kernel for a start and a release. Times differ from machine to machine, these counts hardly
 * do: one that grows is work that each container pays for.
 */

interface Stage {
  testHost: TestHost;
  log: string;
  /** A line of shell beside the bundle; $crun is our runtime. */
  sh(script: string): void;
  /** Writes what an engine writes for a start. */
  write(): void;
  /** Makes a container and removes it. */
  cycle(): void;
  /** Gives that many other containers a user. */
  hold(count: number): void;
}

const HOLDERS = join(import.meta.dirname, "../../support/identity/holders.ts");

const calls = suite<Stage>("system calls");

calls.before.each(async (stage) => {
  const testHost = await openTestHost();
  const bundle = makeAskingBundle(testHost, "/usr/bin/crun");
  stage.testHost = testHost;
  stage.log = join(testHost.directory, "calls");
  stage.sh = (script) => {
    const { status, stderr } = testHost.sh(script, {
      cwd: bundle.directory,
      env: { crun: runtimePath("crun"), DYNUSER },
    });
    assert.is(status, 0, stderr);
  };
  // files of names that have just changed are read for each name (src/sys/names/unknownNames.ts)
  stage.sh(
    "for f in passwd group nsswitch.conf; do until [ $(($(date +%s) - $(stat -Lc %Z /etc/$f))) -gt 2 ]; do sleep 0.1; done; done",
  );
  stage.write = () => bundle.write(["sleep", "1000"]);
  stage.cycle = () => {
    stage.write();
    stage.sh("$crun create c </dev/null >/dev/null 2>&1 && $crun delete --force c");
  };
  stage.hold = (count) => {
    const { status, stderr } = testHost.run([process.execPath, HOLDERS, String(count)]);
    assert.is(status, 0, stderr);
  };
});
calls.after.each(({ testHost }) => testHost.close());

/**
 * The most that each may make, and the most that 300 other users add: a claim looks at a few of them. The first one is what is
 * promised; the others are a sixth more than was counted when this was written, as the host's mounts, name services and
 * processes count too.
 */
const BOUNDS = {
  "standby: prepare": { most: 350, more: 20 },
  "standby: release": { most: 260, more: 20 },
  "alone: prepare": { most: 560, more: 200 },
  "alone: release": { most: 360, more: 20 },
  "alone: run": { most: 1120, more: 300 },
} as const;

type Counts = Readonly<Partial<Record<keyof typeof BOUNDS, number>>>;

function checkBounds(few: Counts, many: Counts): void {
  for (const [name, { most, more }] of Object.entries(BOUNDS)) {
    const [with0, with300] = [few, many].map((counts) => counts[name as keyof Counts]);
    if (with0 === undefined || with300 === undefined) continue;
    assert.ok(with0 > 50 && with0 <= most, `${name} with 0 held: ${with0}, expected at most ${most}`);
    assert.ok(with300 <= with0 + more, `${name} with 300 held: ${with300}, expected at most ${with0} + ${more}`);
  }
}

calls("a standby process makes few for each container, whatever else is held", ({ testHost, log, sh, cycle, hold }) => {
  const count = (): Counts => {
    startStandby(testHost, [...tracing(log), DYNUSER].join(" "));
    for (let warm = 0; warm < 3; warm++) cycle();
    // the last calls are in the log once strace has ended
    sh("pkill -x dynuser; while pgrep -x 'dynuser|strace' >/dev/null; do :; done");
    return {
      "standby: prepare": callsForRequest(log, "prepare --runtime /usr/bin/crun --").length,
      "standby: release": callsForRequest(log, "release run:crun:c").length,
    };
  };
  const few = count();
  hold(300);
  checkBounds(few, count());
});

calls("so does a process for one call, and dynuser run", ({ log, sh, cycle, write, hold }) => {
  const trace = (command: string) => {
    sh(`${tracing(log).join(" ")} $DYNUSER ${command} </dev/null >/dev/null`);
    return callsOfProgram(log).length;
  };
  const count = (): Counts => {
    for (let warm = 0; warm < 2; warm++) cycle();
    write();
    const [prepare, release] = [trace("prepare --runtime /usr/bin/crun -- create c"), trace("release run:crun:c")];
    return { "alone: prepare": prepare, "alone: release": release, "alone: run": trace("run --name run -- true") };
  };
  const few = count();
  hold(300);
  checkBounds(few, count());
});

calls.run();
