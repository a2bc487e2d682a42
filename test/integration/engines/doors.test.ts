import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ASKING,
  configurePodman,
  type Engine,
  runtimePath,
  standbyCalls,
  startPodman,
  startStandby,
  tracesIn,
  writeHooks,
} from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { has } from "../../support/engines/versionLimits.ts";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

/*
 * What podman's own options become, through either door and with either low-level runtime, and when another dynuser process
 * stands by for it.
 */

interface Stage {
  testHost: TestHost;
  podman: Engine;
  /** `podman run --rm` of a script in a dynamic user's container. */
  inside(options: readonly string[], script: string): Result;
}

const RUN = ["--network", "none", ...ASKING];

const DOORS = {
  runtime: (runtime: "crun" | "runc") => ["--runtime", runtimePath(runtime)],
  hooks: (runtime: "crun" | "runc", testHost: TestHost) => ["--runtime", runtime, "--hooks-dir", writeHooks(testHost)],
} as const;

const SURROUNDINGS = [
  { runtime: "crun", standby: false },
  { runtime: "runc", standby: false },
  { runtime: "crun", standby: true },
] as const;

for (const { runtime, standby } of SURROUNDINGS) {
  for (const [door, globals] of Object.entries(DOORS)) {
    const doors = suite<Stage>(`podman's options with ${runtime} and our ${door}${standby ? ", one standing by" : ""}`);

    doors.before(async (stage) => {
      stage.testHost = await openTestHost();
      const start = startPodman(stage.testHost);
      const words = globals(runtime, stage.testHost);
      stage.podman = (args, options) => start([...words, ...args], options);
      stage.inside = (options, script) => stage.podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", script]);
      stage.testHost.sh(`useradd --system containers
        for f in /etc/subuid /etc/subgid; do echo containers:2147483648:1048576 >>$f; done`);
      if (standby) startStandby(stage.testHost);
    });
    doors.before.each(({ testHost }) => {
      testHost.sh("rm -rf /var/lib/private/dynuser-containers");
      configurePodman(testHost);
    });
    doors.after.each(({ testHost, podman }) => {
      podman(["rm", "--all", "--force", "--time", "0"]);
      assert.equal(tracesIn(testHost), []);
    });
    doors.after(async ({ testHost }) => {
      if (standby) assert.ok(standbyCalls(testHost) >= 20);
      await testHost.close();
    });

    doors("a volume at the place of a state directory becomes the user's where the administrator says so", (stage) => {
      const { inside, testHost } = stage;
      testHost.sh("mkdir -m 750 volume; echo old >volume/old; chmod 600 volume/old; chown -R 1000:1000 volume");
      const volume = `${testHost.directory}/volume:/var/lib/web`;
      const script = "cat /var/lib/web/old; echo new >$STATE_DIRECTORY/new; stat -c %U /var/lib/web/new; id -u";
      const refused = inside(["-v", volume], script);
      assert.match(
        refused.stderr,
        /cannot take the volume "\S+" for StateDirectory=: found neither a volume that podman/,
      );
      assert.is(testHost.sh("stat -c %u volume volume/old").stdout, "1000\n1000\n");
      const rules = `directories: own, volumes: [${testHost.directory}]`;
      testHost.sh(`echo 'engines: { podman: { ${rules} } }' >/etc/dynuser/config.yaml`);
      const { stdout, stderr } = inside(["-v", volume], script);
      const [old, owner, uid] = stdout.split("\n");
      assert.equal([old, owner], ["old", "web"], stderr);
      assert.is(testHost.sh("stat -c %u volume volume/old volume/new").stdout, `${onDisk(stage, uid!)}\n`.repeat(3));
      const ofSystem = inside(["-v", "/etc:/var/lib/web"], "id");
      assert.match(ofSystem.stderr, 'cannot take the volume "/etc" for StateDirectory=');
      assert.is(testHost.sh("stat -c %u /etc").stdout, "0\n");
    });

    const onDisk = ({ testHost }: Stage, uid: string) =>
      door === "runtime" && (runtime === "crun" || has(testHost, "runcMapsMounts")) ? "65534" : uid;

    doors("an empty directory and a named volume are taken for a state directory, and found again", (stage) => {
      const { inside, testHost } = stage;
      testHost.sh("mkdir -m 755 empty");
      for (const source of [`${testHost.directory}/empty`, "named"]) {
        const script = "cat $STATE_DIRECTORY/* 2>/dev/null; echo kept >>$STATE_DIRECTORY/file; id -u";
        const calls = [1, 2].map(() => inside(["-v", `${source}:/var/lib/web`], script));
        const [uid] = calls[0]!.stdout.split("\n");
        assert.equal(
          calls.map(({ stdout }) => stdout),
          [`${uid}\n`, `kept\n${uid}\n`],
          calls[1]!.stderr,
        );
        const place = source === "named" ? "/var/lib/containers/storage/volumes/named/_data" : "empty";
        assert.is(testHost.sh(`stat -c %u ${place}/file`).stdout, `${onDisk(stage, uid!)}\n`);
      }
    });

    doors("a new named volume is the user's at any path, as podman has it, and other volumes stay", (stage) => {
      const { inside, podman, testHost } = stage;
      const script = "touch /vol/f; stat -c %U /vol/f; cat /vol/old 2>/dev/null";
      for (let start = 1; start <= 2; start++) {
        assert.is(inside(["-v", "fresh:/vol"], script).stdout, "web\n", `start ${start}`);
      }
      const full = "/var/lib/containers/storage/volumes/full/_data";
      podman(["run", "--rm", "--network", "none", "-v", "full:/vol", IMAGE, "sh", "-c", "echo old >/vol/old"]);
      testHost.sh("mkdir -p -m 755 plain");
      for (const source of ["full", `${testHost.directory}/plain`]) {
        const { stdout, stderr } = inside(["-v", `${source}:/vol`], script);
        assert.match(stderr, "/vol/f: Permission denied");
        assert.is(stdout, source === "full" ? "old\n" : "");
      }
      assert.is(testHost.sh(`stat -c %u ${full} ${full}/old plain`).stdout, "0\n0\n0\n");
      // an image's directory, which podman copies with its owner
      assert.match(inside(["-v", "copied:/data"], "touch /data/f").stderr, "/data/f: Permission denied");
    });

    doors("--userns=auto places the user in the engine's namespace, and state goes on without it", ({ inside }) => {
      const script =
        "whoami; cat $STATE_DIRECTORY/* 2>/dev/null; echo kept >>$STATE_DIRECTORY/file; cat /proc/self/uid_map";
      const small = inside(["--userns=auto"], script);
      assert.match(small.stdout, /^web\n +0 2147483648 +\d{4}\n +(\d+) +\1 +1\n$/, small.stderr);
      const large = inside(["--userns=auto:size=65536"], script);
      assert.match(large.stdout, /^web\nkept\n +0 2147483648 +65536\n$/, large.stderr);
      assert.is(inside([], "cat $STATE_DIRECTORY/file; stat -c %U $STATE_DIRECTORY/file").stdout, "kept\nkept\nweb\n");
    });

    doors("--user makes room for the dynamic user, what the caller sets stays", ({ inside }) => {
      const script = "id -un; echo $HOME";
      assert.is(inside(["--user", "mail"], script).stdout, "web\n/\n");
      assert.is(inside(["-e", "HOME=/data", "-w", "/data"], `pwd; ${script}`).stdout, "/data\nweb\n/data\n");
    });

    doors(
      "--read-only, --tmpfs and -v are as they were asked for, the engine's files cannot be written",
      ({ inside, testHost }) => {
        testHost.sh("mkdir -m 777 data");
        const options = [
          "--read-only",
          "--tmpfs",
          "/tmp:size=1m",
          "--tmpfs",
          "/scratch",
          "-v",
          `${testHost.directory}/data:/data`,
        ];
        const script = `
        for f in /data/a /tmp/a /scratch/a $STATE_DIRECTORY/a; do echo a >$f && cat $f; done
        df -k /tmp | tail -n 1 | grep -c ' 1024 '
        for f in /etc/hosts /etc/resolv.conf /etc/hostname /x; do ! echo 1 2>/dev/null >>$f || echo $f; done`;
        const { stdout, stderr } = inside(options, script);
        assert.is(stdout, "a\na\na\na\n1\n", stderr);
      },
    );

    doors("--privileged gives the user nothing", ({ inside }) => {
      const { stdout } = inside(["--privileged"], "id -un; grep -E 'CapEff|NoNew' /proc/self/status");
      assert.is(stdout, "web\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n");
    });

    doors("two containers of one name, one of them killed from outside", ({ podman, testHost }) => {
      for (const name of ["c", "d"]) podman(["run", "-d", "--name", name, ...RUN, IMAGE, "sleep", "1000"]);
      const pidOf = (name: string) => podman(["inspect", "-f", "{{.State.Pid}}", name]).stdout.trim();
      const uidOf = (name: string) => testHost.sh(`awk '/^Uid/ { print $2 }' /proc/${pidOf(name)}/status`).stdout;
      const uid = uidOf("c");
      assert.is(uidOf("d"), uid);
      testHost.sh(`kill -9 ${pidOf("c")}`);
      assert.is(podman(["wait", "c"]).stdout, "137\n");
      podman(["rm", "c"]);
      assert.is(uidOf("d"), uid);
      podman(["run", "-d", "--name", "c", ...RUN, IMAGE, "sleep", "1000"]);
      assert.is(uidOf("c"), uid);
    });

    doors("start works after a start that was refused", ({ podman, testHost }) => {
      podman(["create", "--name", "c", ...RUN, IMAGE, "whoami"]);
      testHost.sh("echo 'engines: {podman: {policy: odd}}' >/etc/dynuser/config.yaml");
      const refused = podman(["start", "-a", "c"]);
      assert.match(refused.stderr, /found engines.podman.policy: "odd"/);
      configurePodman(testHost);
      for (let start = 0; start < 2; start++) assert.is(podman(["start", "-a", "c"]).stdout, "web\n");
    });

    doors("images are built as without dynuser", ({ podman, testHost }) => {
      testHost.sh(`mkdir -p build; printf 'FROM ${IMAGE}\\nRUN id -u >/built\\n' >build/Containerfile`);
      const { status, stderr } = podman(["build", "--network", "none", "-t", "built", `${testHost.directory}/build`]);
      assert.is(status, 0, stderr);
      assert.is(podman(["run", "--rm", "--network", "none", "built", "cat", "/built"]).stdout, "0\n");
    });

    doors.run();
  }
}
