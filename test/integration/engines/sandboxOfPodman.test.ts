import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, runtimePath, startPodman, tracesIn } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  run(settings: readonly string[], options: readonly string[], script: string): ReturnType<Engine>;
}

for (const runtime of ["crun", "runc"] as const) {
  const podman = suite<Stage>(`the sandbox of podman with ${runtime}`);

  podman.before(async (stage) => {
    const testHost = await openTestHost();
    const call = startPodman(testHost);
    testHost.sh(
      "mkdir -p /etc/dynuser && printf 'engines:\\n  podman:\\n    policy: all\\n' >/etc/dynuser/config.yaml",
    );
    const asking = (settings: readonly string[]) => settings.flatMap((one) => ["--annotation", `dynuser/${one}`]);
    Object.assign(stage, {
      testHost,
      run: (settings, options, script) =>
        call([
          ...["--runtime", runtimePath(runtime), "run", "--rm", "--network", "none"],
          ...asking(["DynamicUser=yes", "Name=web", ...settings]),
          ...[...options, IMAGE, "sh", "-c", script],
        ]),
    } as Stage);
  });
  podman.after.each(({ testHost }) => assert.equal(tracesIn(testHost), []));
  podman.after(({ testHost }) => {
    // podman keeps the cgroups above its containers' own.
    testHost.sh("find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} +");
    testHost.close();
  });

  podman("attributes are set by a hook", ({ run }) => {
    const { stdout, stderr } = run(
      ["Nice=5", "CPUAffinity=0", "OOMScoreAdjust=99"],
      [],
      "cut -d' ' -f19 /proc/self/stat; grep Cpus_allowed_list /proc/self/status; cat /proc/self/oom_score_adj",
    );
    assert.is(stdout, "5\nCpus_allowed_list:\t0\n99\n", stderr);
  });

  podman("no capability comes back that the engine has taken", ({ run }) => {
    const script = "grep -E 'Cap(Bnd|Amb)' /proc/self/status";
    const settings = ["CapabilityBoundingSet=CAP_CHOWN CAP_SYS_ADMIN", "AmbientCapabilities=CAP_CHOWN"];
    const { stdout, stderr } = run(settings, ["--cap-drop", "all", "--cap-add", "chown"], script);
    assert.is(stdout, "CapBnd:\t0000000000000001\nCapAmb:\t0000000000000001\n", stderr);
  });

  podman("devices are cut down to what both allow, and /dev is read-only", ({ run }) => {
    const script =
      "ls /dev/kmsg /dev/fuse 2>/dev/null; touch /dev/x 2>&1; head -c1 /dev/zero | wc -c; echo x >/dev/shm/x";
    const options = ["--device", "/dev/kmsg", "--device", "/dev/fuse"];
    const { stdout, stderr } = run(["PrivateDevices=yes", "DeviceAllow=/dev/fuse"], options, script);
    assert.is(stdout, "/dev/fuse\ntouch: /dev/x: Read-only file system\n1\n", stderr);
  });

  podman("processes of others are invisible and the kernel's settings read-only", ({ run }) => {
    const { stdout, stderr } = run(
      ["ProtectProc=invisible", "ProtectKernelTunables=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes"],
      [],
      "grep '^proc /proc ' /proc/self/mounts | grep -o 'hidepid=[a-z]*'; echo 1 >/proc/sys/kernel/pid_max",
    );
    assert.is(stdout, "hidepid=invisible\n", stderr);
    assert.match(stderr, /Read-only file system|Permission denied/);
  });

  podman("limits are never above the engine's", ({ run }) => {
    const script =
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max";
    const { stdout, stderr } = run(
      ["MemoryMax=infinity", "TasksMax=20"],
      ["--memory", "64m", "--pids-limit", "30"],
      script,
    );
    assert.is(stdout, "67108864\n20\n", stderr);
  });

  podman.run();
}
