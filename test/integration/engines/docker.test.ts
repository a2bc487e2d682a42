import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, startDocker, tracesIn } from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  docker: Engine;
}

const docker = suite<Stage>("docker");

/** Before 24 there are no annotations: the administrator's default profile is the way in. */
const CONFIGURE = `
mkdir -p /etc/dynuser/profiles
echo 'engines: {docker: {defaultProfile: web}}' >/etc/dynuser/config.yaml
printf 'DynamicUser: yes\\nStateDirectory: web\\n' >/etc/dynuser/profiles/web.yaml`;

docker.before(async (stage) => {
  stage.testHost = await openTestHost();
  stage.testHost.sh(CONFIGURE);
  stage.docker = startDocker(stage.testHost);
});
docker.after.each(({ testHost, docker: call }) => {
  testHost.sh("/usr/bin/docker ps -aq | xargs -r /usr/bin/docker rm -f");
  assert.is(call(["ps", "-aq"]).stdout, "");
  assert.equal(tracesIn(testHost), []);
});
docker.after(({ testHost }) => {
  // containerd's shim leaves the file of an exec in /tmp when its container is removed at that moment
  testHost.sh("rm -f /tmp/runc-process*");
  return testHost.close();
});

for (const runtime of ["crun", "runc"] as const) {
  const options = ["--runtime", `dynuser-${runtime}`, "--network", "none"];

  docker(`${runtime}: a container runs as the user of the default profile and keeps its state`, ({ docker: call }) => {
    const script = "id; cat $STATE_DIRECTORY/f 2>/dev/null; echo kept >$STATE_DIRECTORY/f; touch /x";
    const run = () => call(["run", "--rm", ...options, IMAGE, "sh", "-c", script]);
    run();
    const { stdout, stderr } = run();
    assert.match(stdout, /^uid=(\d+)\(web\) gid=\1\(web\) groups=\1\(web\)\nkept\n$/, stderr);
    assert.match(stderr, "/x: Read-only file system");
  });

  docker(`${runtime}: exec, health checks and restarts keep the user`, ({ docker: call, testHost }) => {
    call([
      "run",
      "-d",
      "--name",
      "box",
      "--health-cmd",
      "test $(whoami) = web",
      "--health-interval",
      "1s",
      ...options,
      IMAGE,
      "sleep",
      "1000",
    ]);
    const healthy = `until /usr/bin/docker inspect -f '{{.State.Health.Status}}' box | grep -q healthy$; do sleep 0.1; done`;
    assert.is(testHost.sh(`timeout 30 sh -c "${healthy}"`).status, 0);
    assert.is(call(["exec", "box", "whoami"]).stdout, "web\n");
    assert.is(call(["exec", "-t", "box", "whoami"]).stdout, "web\r\n");
    assert.match(call(["exec", "-u", "1000", "box", "id"]).stdout, "cannot exec as UID 1000");
    call(["restart", "-t", "0", "box"]);
    assert.is(call(["exec", "box", "whoami"]).stdout, "web\n");
  });

  docker(`${runtime}: a command that does not exist fails as without dynuser`, ({ docker: call }) => {
    const { status, stderr } = call(["run", "--rm", ...options, IMAGE, "nonexistent"]);
    assert.is.not(status, 0);
    assert.match(stderr, /executable file .*not found in \$PATH/);
  });

  docker(`${runtime}: Docker's own options are as they were asked for`, ({ docker: call, testHost }) => {
    testHost.sh(`mkdir -p data state /etc/dynuser; chmod 777 data; echo old >state/old; chown -R 1000:1000 state
      echo "engines: { docker: { defaultProfile: web, volumes: [$PWD] } }" >/etc/dynuser/config.yaml`);
    const { directory } = testHost;
    const places = ["--tmpfs", "/scratch", "-v", `${directory}/data:/data`, "-v", `${directory}/state:/var/lib/web`];
    const script = `
      for f in /data/a /scratch/a $STATE_DIRECTORY/a; do echo a >$f && cat $f; done
      for f in /etc/hosts /etc/resolv.conf /etc/hostname /x; do ! echo 1 2>/dev/null >>$f || echo $f; done
      cat $STATE_DIRECTORY/old; id -un; grep CapEff /proc/self/status; ulimit -c; tr '\\0' ' ' </proc/1/cmdline`;
    const more = ["--read-only", "--user", "mail", "--privileged", "--init", "--ulimit", "core=-1"];
    const { stdout, stderr } = call(["run", "--rm", ...options, ...places, ...more, IMAGE, "sh", "-c", script]);
    const lines = stdout.split("\n").slice(0, 7);
    assert.equal(lines, ["a", "a", "a", "old", "web", "CapEff:\t0000000000000000", "unlimited"], stderr);
    assert.match(stdout, "/sbin/docker-init -- sh -c");
  });

  docker(`${runtime}: killed from outside, stopped, paused and started again`, ({ docker: call, testHost }) => {
    for (const name of ["one", "two"]) call(["run", "-d", "--name", name, ...options, IMAGE, "sleep", "1000"]);
    testHost.sh(`kill -9 ${call(["inspect", "-f", "{{.State.Pid}}", "one"]).stdout}`);
    assert.is(call(["wait", "one"]).stdout, "137\n");
    for (const verb of ["pause", "unpause"]) assert.is(call([verb, "two"]).status, 0);
    assert.is(call(["exec", "two", "whoami"]).stdout, "web\n");
    call(["stop", "-t", "0", "two"]);
    assert.equal(tracesIn(testHost), []);
    for (const name of ["one", "two"]) {
      call(["start", name]);
      assert.is(call(["exec", name, "whoami"]).stdout, "web\n");
    }
  });
}

docker("a refusal is readable", ({ docker: call, testHost }) => {
  testHost.sh("echo 'Nope: yes' >/etc/dynuser/profiles/web.yaml");
  const { status, stderr } = call(["run", "--rm", "--runtime", "dynuser-crun", "--network", "none", IMAGE, "id"]);
  testHost.sh(CONFIGURE);
  assert.is(status, 125);
  assert.match(stderr, "dynuser: cannot read Nope=: unknown to systemd 262");
});

if (existsSync("/usr/sbin/dockerd")) docker.run();
else console.log("skipped: docker is not installed (apt-get install docker.io)");
