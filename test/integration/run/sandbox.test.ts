import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dynuser, RUNTIMES } from "../../support/hosts/dynuser.ts";

const isVersion1 = !existsSync("/sys/fs/cgroup/cgroup.controllers");

for (const runtime of RUNTIMES) {
  const run = (settings: readonly string[], script: string) =>
    dynuser([
      ...["run", "--runtime", runtime, "--name", "boxed", "-p", "DynamicUser=no"],
      ...settings.flatMap((setting) => ["-p", setting]),
      ...["--", "sh", "-c", script],
    ]);
  const output = (settings: readonly string[], script: string): string => {
    const { output, errors, code } = run(settings, script);
    assert.is(code, 0, errors);
    return output.trim();
  };

  test(`${runtime}'s process has the attributes from its first moment on, and so have its children`, () => {
    const settings = [
      "User=nobody",
      "Nice=7",
      "CPUSchedulingPolicy=batch",
      "IOSchedulingClass=idle",
      "CPUAffinity=0",
      "TimerSlackNSec=123us",
      "CoredumpFilter=all",
      "OOMScoreAdjust=77",
    ];
    const script =
      "sh -c 'nice; ionice; chrt -p $$ | sed s/.*:..//; grep Cpus_allowed_list /proc/self/status; cat /proc/self/timerslack_ns /proc/self/coredump_filter /proc/self/oom_score_adj'";
    assert.equal(output(settings, script).split("\n"), [
      "7",
      "idle",
      "CHED_BATCH",
      "",
      "Cpus_allowed_list:\t0",
      "123000",
      "000001ff",
      "77",
    ]);
  });

  test(`what the kernel refuses keeps ${runtime} from running anything, and nothing stays`, () => {
    const { code, output, errors } = run(["CPUAffinity=8000"], "echo started");
    assert.is(code, 125);
    assert.is(output, "");
    assert.match(errors, /cannot honour CPUAffinity=: sched_setaffinity.*: Invalid argument/);
  });

  test(`resources of ${runtime}'s service are limited`, () => {
    if (!isVersion1) return;
    const settings = ["MemoryMax=100M", "TasksMax=55", "CPUQuota=150%", "CPUWeight=50", "AllowedCPUs=0"];
    const files = [
      "memory/memory.limit_in_bytes",
      "pids/pids.max",
      "cpu/cpu.cfs_quota_us",
      "cpu/cpu.shares",
      "cpuset/cpuset.cpus",
    ];
    const reads = files.map((file) => {
      const [controller, name] = file.split("/");
      return `cat /sys/fs/cgroup/${controller}$(sed -nE 's/^[0-9]+:([^:]*,)?${controller}(,[^:]*)?://p' /proc/self/cgroup)/${name}`;
    });
    assert.equal(output(settings, reads.join(";")).split("\n"), ["104857600", "55", "150000", "512", "0"]);
  });

  test(`what the host's cgroups cannot do is reported before ${runtime} is called`, () => {
    if (!isVersion1) return;
    const { code, errors } = run(["MemoryHigh=1G"], "true");
    assert.is(code, 0);
    assert.match(errors, /ignoring MemoryHigh=: found cgroup v1, expected cgroup v2/);
  });

  test(`devices that are not allowed cannot be opened under ${runtime}`, () => {
    const look = "head -c1 /dev/zero | wc -c; (: </dev/kmsg) 2>&1 | sed 's/.*: //'";
    assert.is(output(["DevicePolicy=closed"], look), "1\nOperation not permitted");
    assert.is(output(["DeviceAllow=/dev/kmsg r"], look), "1");
    assert.is(output(["PrivateDevices=yes"], "ls /dev; test -w /dev || echo read-only").includes("kmsg"), false);
  });

  test(`private namespaces show ${runtime}'s service nothing of the host's`, () => {
    const script = "ls /sys/class/net; echo $$; ls /dev/mqueue | wc -l; ls -d /proc/[0-9]* | wc -l";
    const [device, pid, queues] = output(["PrivateNetwork=yes", "PrivateIPC=yes", "PrivatePIDs=yes"], script).split(
      "\n",
    );
    assert.equal([device, pid, queues], ["lo", "1", "0"]);
  });

  test(`${runtime} joins a network namespace that is there`, async () => {
    const keeper = spawn("unshare", ["-n", "sh", "-c", "echo ready; exec sleep 1000"]);
    await new Promise<void>((resolve) => void keeper.stdout.once("data", () => resolve()));
    try {
      const path = `/proc/${keeper.pid}/ns/net`;
      const theirs = output([`NetworkNamespacePath=${path}`], "readlink /proc/self/ns/net");
      assert.is.not(theirs, output([], "readlink /proc/self/ns/net"));
      assert.is(theirs, output([], `readlink ${path}`));
    } finally {
      keeper.kill("SIGKILL");
      await new Promise((resolve) => keeper.once("close", resolve));
    }
    assert.match(
      run(["NetworkNamespacePath=/run/netns/none"], "").errors,
      /found no namespace at "\/run\/netns\/none"/,
    );
  });

  test(`a directory of the host is the root of ${runtime}'s service`, () => {
    const tree = mkdtempSync("/tmp/tree-of-a-test-");
    mkdirSync(`${tree}/usr/bin`, { recursive: true });
    copyFileSync("/bin/busybox", `${tree}/usr/bin/sh`);
    try {
      assert.is(output([`RootDirectory=${tree}`], "echo /*"), "/dev /proc /run /sys /usr");
    } finally {
      rmSync(tree, { recursive: true });
    }
    assert.match(run(["RootDirectory=/none"], "").errors, /cannot use "\/none": found no directory there/);
  });
}

test.run();
