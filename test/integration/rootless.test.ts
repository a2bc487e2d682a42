import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ASKING, type Engine, runtimePath, startRootlessPodman, tracesIn, writeHooks } from "../support/engines.ts";
import { IMAGE } from "../support/image.ts";
import { openWorld, type World } from "../support/world.ts";

interface Stage {
  world: World;
  podman: Engine;
}

const OWN = "/run/user/4242/dynuser";

for (const runtime of ["crun", "runc"] as const) {
  const rootless = suite<Stage>(`rootless podman with ${runtime}`);
  const options = ["--network", "none", ...ASKING, "--annotation", "dynuser/RuntimeDirectory=web"];

  rootless.before(async (stage) => {
    stage.world = await openWorld();
    const podman = startRootlessPodman(stage.world);
    stage.podman = (args, more) => podman(["--runtime", runtimePath(runtime), ...args], more);
  });
  rootless.after.each(({ world, podman }) => {
    podman(["rm", "--all", "--force", "--time", "0"]);
    assert.equal(tracesIn(world, OWN), []);
    assert.is(world.sh("ls -A /run/dynuser /run/userdb 2>/dev/null").stdout, "");
  });
  rootless.after(({ world }) => world.close());

  rootless(
    "a user of the subordinate range, with directories below the home of whom the containers are",
    ({ podman, world }) => {
      const script = "whoami; echo kept >$STATE_DIRECTORY/file; ls -d $RUNTIME_DIRECTORY; touch /x";
      const { stdout, stderr, status } = podman(["run", "--rm", ...options, IMAGE, "sh", "-c", script]);
      assert.is(stdout, "web\n/run/web\n", stderr);
      assert.is.not(status, 0);
      assert.match(stderr, "/x: Read-only file system");
      assert.is(world.sh(`cat ${world.directory}/rootless/.local/state/private/web/file`).stdout, "kept\n");
      assert.is(world.sh("ls /run/user/4242/web /run/user/4242/private/web 2>/dev/null").stdout, "");
      assert.is(podman(["run", "--rm", ...options, IMAGE, "cat", "/var/lib/web/file"]).stdout, "kept\n");
    },
  );

  rootless("exec, restart and a namespace that keeps the caller's ID", ({ podman }) => {
    podman(["run", "-d", "--name", "c", "--userns=keep-id", ...options, IMAGE, "sleep", "1000"]);
    const look = () =>
      podman(["exec", "c", "sh", "-c", "whoami; echo >/var/lib/web/new; stat -c %U /var/lib/web/new"]).stdout;
    assert.is(look(), "web\nweb\n");
    podman(["restart", "-t", "0", "c"]);
    assert.is(look(), "web\nweb\n");
  });

  rootless.run();
}

const RUN = ["--network", "none", ...ASKING];

for (const runtime of ["crun", "runc"] as const) {
  const DOORS = {
    runtime: () => ["--runtime", runtimePath(runtime)],
    hooks: (world: World) => ["--runtime", runtime, "--hooks-dir", writeHooks(world)],
  } as const;

  for (const [door, globals] of Object.entries(DOORS)) {
    const doors = suite<Stage>(`options of podman without root with ${runtime} and our ${door}`);

    doors.before(async (stage) => {
      stage.world = await openWorld();
      const podman = startRootlessPodman(stage.world);
      const words = globals(stage.world);
      stage.podman = (args, more) => podman([...words, ...args], more);
    });
    doors.after.each(({ world, podman }) => {
      podman(["rm", "--all", "--force", "--time", "0"]);
      // what a start that failed, or a container that was killed, left is for the next one through the hooks
      podman(["run", "--rm", ...RUN, IMAGE, "true"]);
      assert.equal(tracesIn(world, OWN), []);
      assert.is(world.sh("ls -A /run/dynuser /run/userdb 2>/dev/null").stdout, "");
    });
    doors.after(({ world }) => world.close());

    doors("-v, --read-only and --tmpfs are as they were asked for", ({ podman, world }) => {
      world.sh("mkdir -m 777 data state; chown 4242:4242 data state");
      const script = "for f in /data/a /tmp/a /scratch/a $STATE_DIRECTORY/a; do echo a >$f && cat $f; done; touch /x";
      const volumes = ["-v", `${world.directory}/data:/data`, "-v", `${world.directory}/state:/var/lib/web`];
      const options = ["--read-only", "--tmpfs", "/tmp:size=1m", "--tmpfs", "/scratch", ...volumes];
      const { stdout, stderr } = podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", script]);
      assert.is(stdout, "a\na\na\na\n", stderr);
      assert.match(stderr, "/x: Read-only file system");
      assert.is(world.sh("cat state/a").stdout, "a\n");
    });

    doors("what nobody may look into, nobody can", ({ podman }) => {
      const options = ["--annotation", "dynuser/ProtectHome=yes"];
      const { stdout, stderr } = podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", "id -un; ls /root"]);
      assert.is(stdout, "web\n", stderr);
      assert.match(stderr, "ls: can't open '/root': Permission denied");
    });

    doors("--user makes room for the dynamic user, and limits survive", ({ podman }) => {
      const options = ["--user", "mail", "--ulimit", "core=-1:-1"];
      const { stdout, stderr } = podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", "whoami; ulimit -c"]);
      assert.is(stdout, "web\nunlimited\n", stderr);
    });

    doors("two containers of one name, one of them killed from outside, and started again", ({ podman, world }) => {
      for (const name of ["c", "d"]) podman(["run", "-d", "--name", name, ...RUN, IMAGE, "sleep", "1000"]);
      const pidOf = (name: string) => podman(["inspect", "-f", "{{.State.Pid}}", name]).stdout.trim();
      const uidOf = (name: string) => world.sh(`awk '/^Uid/ { print $2 }' /proc/${pidOf(name)}/status`).stdout;
      const uid = uidOf("c");
      assert.ok(Number(uid) >= 100_000, uid);
      assert.is(uidOf("d"), uid);
      world.sh(`kill -9 ${pidOf("c")}`);
      assert.is(podman(["wait", "c"]).stdout, "137\n");
      assert.is(podman(["start", "c"]).status, 0);
      assert.is(uidOf("c"), uid);
      assert.is(podman(["stop", "-t", "0", "d"]).status, 0);
    });

    doors("a start that fails or is refused keeps no other", ({ podman }) => {
      assert.is(podman(["run", "--rm", ...RUN, IMAGE, "nonexistent"]).status, 127);
      const refused = podman(["run", "--rm", ...RUN, "--annotation", "dynuser/Nope=1", IMAGE, "true"]);
      assert.match(refused.stderr, "dynuser: cannot read Nope=: found no such directive");
      assert.is(podman(["run", "--rm", ...RUN, IMAGE, "whoami"]).stdout, "web\n");
    });

    doors("a health check runs as the container's user, or not at all", ({ podman }) => {
      const check = ["--health-cmd", "whoami | grep web", "--health-interval", "disable"];
      podman(["run", "-d", "--name", "c", ...check, ...RUN, IMAGE, "sleep", "1000"]);
      assert.is(podman(["healthcheck", "run", "c"]).status === 0, door === "runtime");
    });

    doors("images are built as ever", ({ podman, world }) => {
      world.sh(
        `mkdir -p build; printf 'FROM ${IMAGE}\\nRUN id -u >/built\\n' >build/Containerfile; chmod -R a+rX build`,
      );
      const { status, stderr } = podman(["build", "--network", "none", "-t", "built", `${world.directory}/build`]);
      assert.is(status, 0, stderr);
      assert.is(podman(["run", "--rm", "--network", "none", "built", "cat", "/built"]).stdout, "0\n");
    });

    doors.run();
  }
}
