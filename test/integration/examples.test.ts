import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startContainerd, startDocker, startPodman, tracesIn } from "../support/engines.ts";
import { IMAGE } from "../support/image.ts";
import { install } from "../support/installed.ts";
import { openWorld, type World } from "../support/world.ts";

/* What examples/ shows for engines, run as it is there. */

const EXAMPLES = join(import.meta.dirname, "../../examples");
const BUSYBOX = "docker.io/library/busybox:latest";

const examples = suite<{ world: World }>("examples for engines");

examples.before.each(async (stage) => {
  stage.world = await openWorld();
  install(stage.world);
});
examples.after.each(async ({ world }) => {
  assert.equal(tracesIn(world), []);
  await world.close();
});

/** The second start knows of the first one. */
function runTwice({ sh }: World, command: string): void {
  for (const count of [1, 2]) {
    const { stdout, stderr } = sh(command);
    assert.is(stdout, `visits\n${count}\n`, stderr);
  }
}

for (const example of ["run", "hooks"]) {
  examples(`podman/${example}.sh`, ({ world }) => {
    startPodman(world)(["tag", IMAGE, BUSYBOX]);
    world.sh(`cp podman/*.conf /etc/containers
      mkdir -p /etc/containers/containers.conf.d
      cp ${EXAMPLES}/podman/containers.conf /etc/containers/containers.conf.d/50-dynuser.conf`);
    runTwice(world, `${EXAMPLES}/podman/${example}.sh`);
  });
}

examples("containerd/run.sh", ({ world }) => {
  const ctr = startContainerd(world);
  ctr(["image", "tag", IMAGE, BUSYBOX]);
  runTwice(world, `${EXAMPLES}/containerd/run.sh`);
});

examples("docker/run.sh", ({ world }) => {
  world.sh(`mkdir /etc/dynuser; cp -r ${EXAMPLES}/docker/config.yaml ${EXAMPLES}/docker/profiles /etc/dynuser`);
  const docker = startDocker(world, join(EXAMPLES, "docker/daemon.json"));
  docker(["tag", IMAGE, BUSYBOX]);
  runTwice(world, `${EXAMPLES}/docker/run.sh`);
});

if (existsSync("/usr/sbin/dockerd")) examples.run();
else console.log("skipped: docker is not installed (apt-get install docker.io)");
