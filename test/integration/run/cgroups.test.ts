import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER as INSIDE, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { treeOf } from "../../support/hosts/roots.ts";

/* Where the cgroups of a run are: below the caller's, or in a scope that systemd makes. */

const SHOW = ["sh", "-c", "grep ^0:: /proc/self/cgroup"] as const;

for (const [title, tree] of [
  ["systemd 257", undefined],
  ["the newest systemd", treeOf("sid")],
] as const) {
  const host = suite<Laboratory>(title);
  host.before(async (laboratory) => {
    Object.assign(laboratory, await openLaboratory(tree === undefined ? {} : { tree }));
  });
  host.after(({ stop }) => stop());

  const sh = ({ reference }: Laboratory, script: string) => {
    const { status, stdout, stderr } = reference.run(["sh", "-c", script]);
    return { status, output: stdout.trim(), errors: stderr.trim() };
  };
  /** What a command prints that dynuser runs as the main process of a service with these properties. */
  const runInService = (laboratory: Laboratory, properties: readonly string[], ...args: readonly string[]) => {
    const options = ["-q", "--wait", "--pipe", "--collect", ...properties];
    const { status, stdout, stderr } = laboratory.reference.run(["systemd-run", ...options, INSIDE, "run", ...args]);
    assert.is(status, 0, stderr);
    return stdout.trim();
  };
  /** Starts a service whose command runs until it is ended, and waits for its scope. */
  const startService = async (laboratory: Laboratory, name: string, properties: string, command: string) => {
    const started = sh(
      laboratory,
      `systemd-run -q --unit=${name} ${properties} ${INSIDE} run --name ${name} -- ${command}`,
    );
    assert.is(started.status, 0, started.errors);
    await until(() => scopesOf(laboratory, name) !== "" && sh(laboratory, `id ${name}`).status === 0);
  };
  const scopesOf = (laboratory: Laboratory, name: string) =>
    sh(laboratory, `find /sys/fs/cgroup -path '*/dynuser-run-${name}-*.scope/dynuser-run*' -prune`).output;
  const processesIn = (laboratory: Laboratory, name: string) =>
    sh(laboratory, `cat /dev/null $(find /sys/fs/cgroup -path '*/dynuser-run-${name}-*/cgroup.procs')`).output;

  for (const runtime of Object.keys(RUNTIMES)) {
    host(`${runtime}: a command of a service is in a scope of the service's slice`, (laboratory) => {
      const cgroup = runInService(laboratory, ["--slice=a-b.slice"], "--runtime", runtime, "--", ...SHOW);
      assert.match(cgroup, /^0::\/a\.slice\/a-b\.slice\/(dynuser-run-sh-\w+)\.scope\/\1$/);
    });

    host(`${runtime}: a command of a service with Delegate= is below the service`, (laboratory) => {
      const cgroup = runInService(laboratory, ["-p", "Delegate=yes"], "--runtime", runtime, "--", ...SHOW);
      assert.match(cgroup, /^0::\/system\.slice\/run-[^/]+\.service\/dynuser-run-sh-\w+$/);
    });
  }

  host("a caller in a subgroup of what is delegated has its runs beside it", (laboratory) => {
    const cgroup = runInService(laboratory, ["-p", "Delegate=yes", "-p", "DelegateSubgroup=own"], "--", ...SHOW);
    assert.match(cgroup, /^0::\/system\.slice\/run-[^/]+\.service\/dynuser-run-sh-\w+$/);
  });

  host("Slice= and --slice choose the slice, also of a caller in no unit", (laboratory) => {
    const own = runInService(laboratory, ["-p", "Delegate=yes"], "-p", "Slice=mine.slice", "--", ...SHOW);
    const beside = sh(laboratory, `${INSIDE} run --slice mine -- grep ^0:: /proc/self/cgroup`);
    for (const cgroup of [own, beside.output]) assert.match(cgroup, /^0::\/mine\.slice\/dynuser-run-\w+-\w+\.scope\//);
  });

  host("a slice that cannot be had is refused in one line", (laboratory) => {
    const { status, errors } = sh(
      laboratory,
      `systemctl mask --runtime gone.slice; ${INSIDE} run --slice gone -- true`,
    );
    assert.is(status, 125);
    assert.match(errors, /^dynuser: cannot have a scope of systemd in gone\.slice: .*masked.* \(Slice=\)$/m);
  });

  host("restrictions of the caller's unit hold in the scope", async (laboratory) => {
    const given = "-p IPAddressDeny=10.0.0.0/8 -p DevicePolicy=closed -p RestrictNetworkInterfaces=lo";
    await startService(laboratory, "limited", given, "sleep 1000");
    const names = "IPAddressDeny,DevicePolicy,RestrictNetworkInterfaces,Slice";
    const { output } = sh(
      laboratory,
      `systemctl show -p ${names} 'dynuser-run-limited-*.scope'; systemctl stop limited`,
    );
    assert.equal(output.split("\n").toSorted(), [
      "DevicePolicy=closed",
      "IPAddressDeny=10.0.0.0/8",
      "RestrictNetworkInterfaces=lo",
      "Slice=system.slice",
    ]);
  });

  host("stopping the service ends the command, cleanly", async (laboratory) => {
    await startService(laboratory, "stopped", "-p RemainAfterExit=no", "sleep 1000");
    const { output } = sh(laboratory, "systemctl stop stopped; systemctl is-failed stopped");
    assert.is(output, "inactive");
    await until(() => scopesOf(laboratory, "stopped") === "");
  });

  host("a kill of the service's processes reaches the command", async (laboratory) => {
    await startService(laboratory, "killed", "--collect", "sleep 1000");
    sh(laboratory, "systemctl kill -s KILL killed");
    await until(() => processesIn(laboratory, "killed") === "" && scopesOf(laboratory, "killed") === "");
  });

  host("a command that outlasts TimeoutStopSec= ends with the service", async (laboratory) => {
    const command = `sh -c 'trap "" TERM; while :; do sleep 1; done'`;
    await startService(laboratory, "late", "--collect -p TimeoutStopSec=100ms", command);
    sh(laboratory, "systemctl stop late");
    await until(() => processesIn(laboratory, "late") === "" && scopesOf(laboratory, "late") === "");
  });

  host("nothing stays of scopes that have ended", async (laboratory) => {
    await until(() => sh(laboratory, "systemctl list-units --all --no-legend 'dynuser-*.scope'").output === "");
    assert.is(sh(laboratory, "find /sys/fs/cgroup -name 'dynuser-run*' -o -name dynuser-watch").output, "");
  });

  host.run();
}

async function until(isThere: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!isThere()) {
    assert.ok(Date.now() < deadline, "it did not come in 30 s");
    await wait(50);
  }
}

const here = suite("cgroup v1");
const LIMITED = "/sys/fs/cgroup/pids/limited";

here("the limits of the caller hold, as the run is below its cgroup", () => {
  mkdirSync(LIMITED);
  const script = `echo $$ >${LIMITED}/cgroup.procs; echo 77 >${LIMITED}/pids.max; exec "$0" "$@"`;
  const command = [DYNUSER, "run", "--", "grep", ":pids:", "/proc/self/cgroup"];
  const { stdout, stderr } = spawnSync("sh", ["-c", script, ...command], { encoding: "utf8" });
  rmdirSync(LIMITED);
  assert.match(stdout, /:pids:\/limited\/dynuser-run-grep-\w+$/m, stderr);
});

here("Slice= is ignored with a warning", () => {
  const { status, stderr } = spawnSync(DYNUSER, ["run", "--slice", "mine", "--", "true"], { encoding: "utf8" });
  assert.is(status, 0);
  assert.match(stderr, /^dynuser: ignoring Slice=: found cgroup v1, expected cgroup v2 \(mine\.slice\)$/m);
});

here.run();
