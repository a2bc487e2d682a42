import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, runtimePath, startRootlessPodman, tracesIn } from "../support/engines.ts";
import { IMAGE } from "../support/image.ts";
import { openWorld, type World } from "../support/world.ts";

interface Stage {
  world: World;
  podman: Engine;
}

const OWN = "/run/user/4242/dynuser";
const ASKING = ["DynamicUser=yes", "StateDirectory=web", "RuntimeDirectory=web", "Name=web"];

for (const runtime of ["crun", "runc"] as const) {
  const rootless = suite<Stage>(`rootless podman with ${runtime}`);
  const options = ["--network", "none", ...ASKING.flatMap((one) => ["--annotation", `dynuser/${one}`])];

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
