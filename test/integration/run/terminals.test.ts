import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";
import { DYNUSER as LOCAL_DYNUSER } from "../../support/hosts/dynuser.ts";

const CASES = [
  ["DynamicUser=yes", "PrivateDevices=yes"],
  ["DynamicUser=no", "PrivateDevices=yes", "PrivateUsers=yes"],
  ["DynamicUser=yes", "PrivateUsers=yes"],
  ["DynamicUser=yes", "PrivateDevices=yes", "PrivateUsers=yes", "ProtectSystem=strict"],
];

/** A new pseudoterminal, and what a user namespace must keep of /dev. */
const SCRIPT = "script -qec 'tty' /dev/null | tr -d '[0-9]\\r'; stat -Lc '%F %t:%T %a' /dev/ptmx /dev/shm /dev/null";

for (const devices of ["container", "machine"] as const) {
  let laboratory: Laboratory;
  const output = (command: readonly string[]): string => {
    const { stdout, stderr } = laboratory.reference.run(command);
    return stdout + stderr;
  };

  test(`systemd boots with the devices of a ${devices}`, async () => {
    laboratory = await openLaboratory({ devices });
  });

  for (const settings of CASES) {
    const properties = settings.flatMap((setting) => ["-p", setting]);
    // crun loads a filter of devices on cgroup v2, for which it raises RLIMIT_MEMLOCK: not without CAP_SYS_RESOURCE.
    const needsDeviceRules = settings.includes("PrivateDevices=yes");
    for (const runtime of needsDeviceRules ? [RUNTIMES.runc] : Object.values(RUNTIMES)) {
      test(`${runtime} gives terminals with ${settings.join(" ")} on a ${devices}, as systemd does`, () => {
        const expected = output(["systemd-run", "--pipe", "--wait", "-q", ...properties, "sh", "-c", SCRIPT]);
        assert.match(expected, /^\/dev\/pts\/\n/);
        assert.is(output([DYNUSER, "run", "--runtime", runtime, ...properties, "--", "sh", "-c", SCRIPT]), expected);
      });

      test(`${runtime} gives the command a terminal with ${settings.join(" ")} on a ${devices}`, () => {
        const command = `${DYNUSER} run --runtime ${runtime} -t ${properties.join(" ")} -- tty`;
        assert.match(output(["script", "-qec", command, "/dev/null"]), /\/dev\/(?:pts\/\d|console)/);
      });
    }
  }

  test(`systemd with the devices of a ${devices} ends`, () => laboratory.stop());
}

/** A /dev as the kernel makes it, for this host's own cgroups. */
const MACHINE = `
mount -t tmpfs -o mode=755 none /dev
mkdir /dev/pts /dev/shm
mount -t devpts -o newinstance,ptmxmode=000 none /dev/pts
mount -t tmpfs none /dev/shm
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 ptmx:5:2; do
  IFS=: read -r name major minor <<-.
	$node
	.
  mknod -m 666 "/dev/$name" c "$major" "$minor"
done
exec "$@"`;

for (const runtime of Object.keys(RUNTIMES)) {
  for (const settings of CASES) {
    test(`${runtime} gives terminals with ${settings.join(" ")} where ptmxmode is 000`, () => {
      const properties = settings.flatMap((setting) => ["-p", setting]);
      const command = [LOCAL_DYNUSER, "run", "--runtime", runtime, ...properties, "--", "sh", "-c", SCRIPT];
      const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-euc", MACHINE, "sh", ...command], {
        encoding: "utf8",
      });
      assert.match(stdout + stderr, /^\/dev\/pts\/\ncharacter special file 5:2 666\ndirectory 0:0 1777\n/);
    });
  }
}

test.run();
