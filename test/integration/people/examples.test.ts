import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startContainerd, startDocker, startPodman, tracesIn } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { install } from "../../support/hosts/installed.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/* What examples/ shows for engines, run as it is there. */

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const BUSYBOX = "docker.io/library/busybox:latest";

const examples = suite<{ testHost: TestHost }>("examples for engines");

examples.before.each(async (stage) => {
  stage.testHost = await openTestHost();
  install(stage.testHost);
});
examples.after.each(async ({ testHost }) => {
  assert.equal(tracesIn(testHost), []);
  await testHost.close();
});

/** The second start knows of the first one. */
function runTwice({ sh }: TestHost, command: string): void {
  for (const count of [1, 2]) {
    const { stdout, stderr } = sh(command);
    assert.is(stdout, `visits\n${count}\n`, stderr);
  }
}

for (const example of ["run", "hooks"]) {
  examples(`podman/${example}.sh`, ({ testHost }) => {
    startPodman(testHost)(["tag", IMAGE, BUSYBOX]);
    testHost.sh(`cp podman/*.conf /etc/containers
      mkdir -p /etc/containers/containers.conf.d
      cp ${EXAMPLES}/podman/containers.conf /etc/containers/containers.conf.d/50-dynuser.conf`);
    runTwice(testHost, `${EXAMPLES}/podman/${example}.sh`);
  });
}

examples("containerd/run.sh", ({ testHost }) => {
  const ctr = startContainerd(testHost);
  ctr(["image", "tag", IMAGE, BUSYBOX]);
  runTwice(testHost, `${EXAMPLES}/containerd/run.sh`);
});

examples("docker/run.sh", ({ testHost }) => {
  testHost.sh(`mkdir /etc/dynuser; cp -r ${EXAMPLES}/docker/config.yaml ${EXAMPLES}/docker/profiles /etc/dynuser`);
  const docker = startDocker(testHost, join(EXAMPLES, "docker/daemon.json"));
  docker(["tag", IMAGE, BUSYBOX]);
  runTwice(testHost, `${EXAMPLES}/docker/run.sh`);
});

if (existsSync("/usr/sbin/dockerd")) examples.run();
else console.log("skipped: docker is not installed (apt-get install docker.io)");
