import { copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isAtLeast } from "../../../src/values/version.ts";
import { type Engine, runtimePath, startPodman, tracesIn, writeHooks } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { versionOf } from "../../support/engines/versionLimits.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";
import { RESTRICTIONS, type Restriction } from "../../support/restrictions/restrictions.ts";

/* What restricts is seen from inside a container that podman gives every right, through both doors. */

interface Stage {
  testHost: TestHost;
  podman: Engine;
  hooks: string;
  directory: string;
}

const restrictions = suite<Stage>("restrictions in containers");

restrictions.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.podman = startPodman(stage.testHost);
  stage.hooks = writeHooks(stage.testHost);
  stage.directory = join(stage.testHost.directory, "probe");
  mkdirSync(stage.directory);
  copyFileSync(join(import.meta.dirname, "../../support/restrictions/probe.pl"), join(stage.directory, "probe.pl"));
  stage.testHost.sh(`echo 'engines: { podman: { policy: all } }' >/etc/dynuser/config.yaml
    cd ${stage.directory}; chmod 755 .. .; mkdir srv; mknod -m 666 device c 240 7`);
});
restrictions.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
restrictions.after(({ testHost }) => testHost.close());

/** Of the host, with which the image's busybox has a perl; and its control groups, where the probe looks for them. */
const LIBRARIES = ["/usr:/usr", "/usr/lib:/lib", "/usr/lib64:/lib64"].filter((one) => existsSync(one.split(":")[0]!));
const MOUNTS = [...LIBRARIES.map((one) => `${one}:ro`), "/sys/fs/cgroup:/sys/fs/cgroup:rslave"];
const NAMESPACES = ["ipc", "mnt", "net", "pid", "user", "uts"];
const VARIABLES = NAMESPACES.map((name) => `HOST_${name.toUpperCase()}=${statSync(`/proc/self/ns/${name}`).ino}`);
const RIGHTS = ["--privileged", "--security-opt", "seccomp=unconfined", "--network", "host", "--pid", "host"];

/** A volume of the engine stays where it is, hidden or not; these three rows are looked at below. */
const ELSEWHERE = ["InaccessiblePaths", "PrivateTmp", "PrivateDevices"];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  together: ["--ipc", "host"],
  processes: [],
  devices: ["--ipc", "host"],
};

function rowsOf(group: string, runtime: "crun" | "runc", { testHost }: Stage): readonly Restriction[] {
  // the rows of a disk name it by /var
  const isOnDisk = testHost.sh("stat -f -c %T /var").stdout !== "tmpfs\n";
  // the limit of memory is another one in a user namespace, where crun makes other control groups
  const placeOf = ({ row, group: own }: Restriction) => (row === "MemoryLimit" ? "devices" : own);
  const impossible = [
    ...(isOnDisk ? [] : ["IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax"]),
    // refused, or started by no runc
    ...(runtime === "runc" && isAtLeast(versionOf(testHost, "runc"), [1, 3]) ? ["ProcSubset"] : []),
  ];
  const isPossible = ({ row, unifiedOnly }: Restriction) => !unifiedOnly && !impossible.includes(row);
  return RESTRICTIONS.filter((one) => placeOf(one) === group && isPossible(one) && !ELSEWHERE.includes(one.row));
}

function annotationsOf(settings: readonly string[]): readonly string[] {
  const lines = Map.groupBy(settings, (setting) => setting.slice(0, setting.indexOf("=")));
  return [...lines].flatMap(([name, all]) => [
    "--annotation",
    `dynuser/${name}=${all.map((setting) => setting.slice(name.length + 1)).join("\n")}`,
  ]);
}

for (const runtime of ["crun", "runc"] as const) {
  for (const door of ["runtime", "hooks"] as const) {
    const globals = ({ hooks }: Stage) =>
      door === "runtime" ? ["--runtime", runtimePath(runtime)] : ["--runtime", runtime, "--hooks-dir", hooks];
    const inside = (
      stage: Stage,
      options: readonly string[],
      settings: readonly string[],
      command: readonly string[],
    ) =>
      stage.podman([
        ...globals(stage),
        "run",
        "--rm",
        ...RIGHTS,
        ...options,
        ...annotationsOf(settings),
        IMAGE,
        ...command,
      ]);

    for (const root of ["writable", "read-only"]) {
      restrictions(`${runtime} by podman's ${door} restricts a container with a ${root} root by every row`, (stage) => {
        for (const [group, more] of Object.entries(GROUPS)) {
          const rows = rowsOf(group, runtime, stage);
          const settings = [
            "DynamicUser=no",
            ...rows.flatMap(({ row, value, needs = [] }) => [...needs, `${row}=${value}`]),
          ];
          const volumes = [...MOUNTS, `${stage.directory}:/probe`, `${stage.directory}/srv:/srv`];
          const options = [
            ...more,
            ...(root === "read-only" ? ["--read-only"] : []),
            ...["--cgroupns", "host"],
            ...volumes.flatMap((volume) => ["-v", volume]),
            ...[...VARIABLES, "DEVICE=/probe/device"].flatMap((variable) => ["-e", variable]),
          ];
          const names = rows.map(({ row }) => row);
          const { stdout, stderr } = inside(stage, options, settings, ["/usr/bin/perl", "/probe/probe.pl", ...names]);
          const found = new Map(stdout.split("\n").map((line) => line.split(": ", 2) as [string, string]));
          const open = rows.filter(({ row, answer }) => !answer.test(found.get(row) ?? ""));
          assert.equal(
            open.map(({ row }) => `${row}: ${found.get(row)}`),
            [],
            stderr,
          );
        }
      });
    }

    restrictions(`${runtime} by podman's ${door} hides paths, devices and the temporary files of others`, (stage) => {
      const settings = ["DynamicUser=no", "InaccessiblePaths=/root", "PrivateTmp=yes", "PrivateDevices=yes"];
      const script =
        "stat -c %a /root; ls -d /dev/kmsg; sed -n 's,.* /tmp /tmp .*,other,p' /proc/self/mountinfo; ls -A /tmp";
      const { stdout } = inside(stage, ["--ipc", "host"], settings, ["sh", "-c", script]);
      assert.is(stdout, "0\n");
    });
  }
}

restrictions.run();
