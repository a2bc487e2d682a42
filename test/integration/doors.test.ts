import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ASKING,
  type Engine,
  runtimePath,
  standbyCalls,
  startPodman,
  startStandby,
  tracesIn,
  writeHooks,
} from "../support/engines.ts";
import { IMAGE } from "../support/image.ts";
import { openWorld, type Result, type World } from "../support/world.ts";

/*
 * What podman's own options become, through either door and with either low-level runtime, and when another process of ours
 * stands by for it.
 */

interface Stage {
  world: World;
  podman: Engine;
  /** `podman run --rm` of a script in a dynamic user's container. */
  inside(options: readonly string[], script: string): Result;
}

const RUN = ["--network", "none", ...ASKING];

const DOORS = {
  runtime: (runtime: "crun" | "runc") => ["--runtime", runtimePath(runtime)],
  hooks: (runtime: "crun" | "runc", world: World) => ["--runtime", runtime, "--hooks-dir", writeHooks(world)],
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
      stage.world = await openWorld();
      const start = startPodman(stage.world);
      const words = globals(runtime, stage.world);
      stage.podman = (args, options) => start([...words, ...args], options);
      stage.inside = (options, script) => stage.podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", script]);
      stage.world.sh("for f in /etc/subuid /etc/subgid; do echo containers:2147483648:1048576 >>$f; done");
      if (standby) startStandby(stage.world);
    });
    doors.before.each(({ world }) => {
      world.sh("rm -rf /var/lib/private/web /etc/dynuser");
    });
    doors.after.each(({ world, podman }) => {
      podman(["rm", "--all", "--force", "--time", "0"]);
      assert.equal(tracesIn(world), []);
    });
    doors.after(async ({ world }) => {
      if (standby) assert.ok(standbyCalls(world) >= 20);
      await world.close();
    });

    doors("a volume at the place of a state directory becomes the user's", ({ inside, world }) => {
      world.sh("mkdir -m 750 volume; echo old >volume/old; chmod 600 volume/old; chown -R 1000:1000 volume");
      const volume = `${world.directory}/volume:/var/lib/web`;
      const script = "cat /var/lib/web/old; echo new >$STATE_DIRECTORY/new; stat -c %U /var/lib/web/new; id -u";
      const { stdout, stderr } = inside(["-v", volume], script);
      const [old, owner, uid] = stdout.split("\n");
      assert.equal([old, owner], ["old", "web"], stderr);
      const onDisk = runtime === "crun" && door === "runtime" ? "65534" : uid;
      const owners = world.sh("stat -c %u volume volume/old volume/new").stdout;
      assert.is(owners, `${onDisk}\n`.repeat(3));
      const refused = inside(["-v", "/etc:/var/lib/web"], "id");
      assert.match(refused.stderr, 'cannot take the volume "/etc" for StateDirectory=');
      assert.is(world.sh("stat -c %u /etc").stdout, "0\n");
    });

    doors("--userns=auto places the user in the engine's namespace, and state goes on without it", ({ inside }) => {
      const script =
        "whoami; cat $STATE_DIRECTORY/* 2>/dev/null; echo kept >>$STATE_DIRECTORY/file; cat /proc/self/uid_map";
      const small = inside(["--userns=auto"], script);
      assert.match(small.stdout, /^web\n +0 2147483648 +1024\n +(\d+) +\1 +1\n$/, small.stderr);
      const large = inside(["--userns=auto:size=65536"], script);
      assert.match(large.stdout, /^web\nkept\n +0 2147483648 +65536\n$/, large.stderr);
      assert.is(inside([], "cat $STATE_DIRECTORY/file; stat -c %U $STATE_DIRECTORY/file").stdout, "kept\nkept\nweb\n");
    });

    doors("--user makes room for the dynamic user, what somebody sets himself stays", ({ inside }) => {
      const script = "id -un; echo $HOME";
      assert.is(inside(["--user", "mail"], script).stdout, "web\n/\n");
      assert.is(inside(["-e", "HOME=/data", "-w", "/data"], `pwd; ${script}`).stdout, "/data\nweb\n/data\n");
    });

    doors(
      "--read-only, --tmpfs and -v are as they were asked for, the engine's files cannot be written",
      ({ inside, world }) => {
        world.sh("mkdir -m 777 data");
        const options = [
          "--read-only",
          "--tmpfs",
          "/tmp:size=1m",
          "--tmpfs",
          "/scratch",
          "-v",
          `${world.directory}/data:/data`,
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

    doors("two containers of one name, one of them killed from outside", ({ podman, world }) => {
      for (const name of ["c", "d"]) podman(["run", "-d", "--name", name, ...RUN, IMAGE, "sleep", "1000"]);
      const pidOf = (name: string) => podman(["inspect", "-f", "{{.State.Pid}}", name]).stdout.trim();
      const uidOf = (name: string) => world.sh(`awk '/^Uid/ { print $2 }' /proc/${pidOf(name)}/status`).stdout;
      const uid = uidOf("c");
      assert.is(uidOf("d"), uid);
      world.sh(`kill -9 ${pidOf("c")}`);
      assert.is(podman(["wait", "c"]).stdout, "137\n");
      podman(["rm", "c"]);
      assert.is(uidOf("d"), uid);
      podman(["run", "-d", "--name", "c", ...RUN, IMAGE, "sleep", "1000"]);
      assert.is(uidOf("c"), uid);
    });

    doors("start works after a start that was refused", ({ podman, world }) => {
      podman(["create", "--name", "c", ...RUN, IMAGE, "whoami"]);
      world.sh("mkdir /etc/dynuser; echo 'engines: {podman: {policy: odd}}' >/etc/dynuser/config.yaml");
      const refused = podman(["start", "-a", "c"]);
      assert.match(refused.stderr, /found engines.podman.policy: "odd"/);
      world.sh("rm -r /etc/dynuser");
      for (let start = 0; start < 2; start++) assert.is(podman(["start", "-a", "c"]).stdout, "web\n");
    });

    doors("images are built as ever", ({ podman, world }) => {
      world.sh(`mkdir -p build; printf 'FROM ${IMAGE}\\nRUN id -u >/built\\n' >build/Containerfile`);
      const { status, stderr } = podman(["build", "--network", "none", "-t", "built", `${world.directory}/build`]);
      assert.is(status, 0, stderr);
      assert.is(podman(["run", "--rm", "--network", "none", "built", "cat", "/built"]).stdout, "0\n");
    });

    doors.run();
  }
}
