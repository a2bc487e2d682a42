import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ASKING,
  type Engine,
  QUIET,
  runtimePath,
  startRootlessPodman,
  tracesIn,
  writeHooks,
} from "../../support/engines/engines.ts";
import { IMAGE } from "../../support/engines/image.ts";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  podman: Engine;
}

const OWN = "/run/user/4242/dynuser";

for (const runtime of ["crun", "runc"] as const) {
  const rootless = suite<Stage>(`rootless podman with ${runtime}`);
  const options = ["--network", "none", ...ASKING, "--annotation", "dynuser/RuntimeDirectory=web"];

  rootless.before(async (stage) => {
    stage.testHost = await openTestHost();
    const podman = startRootlessPodman(stage.testHost);
    stage.podman = (args, more) => podman(["--runtime", runtimePath(runtime), ...args], more);
  });
  rootless.after.each(({ testHost, podman }) => {
    podman(["rm", "--all", "--force", "--time", "0"]);
    assert.equal(tracesIn(testHost, OWN), []);
    assert.is(testHost.sh("ls -A /run/dynuser /run/userdb 2>/dev/null").stdout, "");
  });
  rootless.after(({ testHost }) => testHost.close());

  rootless(
    "a user of the subordinate range, with directories below the home of the containers' owner",
    ({ podman, testHost }) => {
      const script = "whoami; echo kept >$STATE_DIRECTORY/file; ls -d $RUNTIME_DIRECTORY; touch /x";
      const { stdout, stderr, status } = podman(["run", "--rm", ...options, IMAGE, "sh", "-c", script]);
      assert.is(stdout, "web\n/run/web\n", stderr);
      assert.is.not(status, 0);
      assert.match(stderr, "/x: Read-only file system");
      assert.is(
        testHost.sh(`cat ${testHost.directory}/rootless/.local/state/private/dynuser-containers/podman/web/file`)
          .stdout,
        "kept\n",
      );
      assert.is(testHost.sh("ls /run/user/4242/web /run/user/4242/private/web 2>/dev/null").stdout, "");
      assert.is(podman(["run", "--rm", ...options, IMAGE, "cat", "/var/lib/web/file"]).stdout, "kept\n");
    },
  );

  rootless(
    "it runs on a host whose private directories admit root alone, and its tools need no root",
    ({ podman, testHost }) => {
      testHost.sh("for base in /var/lib /var/cache /var/log; do mkdir -p -m 700 $base/private; done");
      const { stdout, stderr } = podman(["run", "-d", "--name", "c", ...options, IMAGE, "sleep", "1000"]);
      assert.match(stdout, /^[0-9a-f]{64}\n$/, stderr);
      const own = ["env", "-i", `HOME=${testHost.directory}/rootless`, "XDG_RUNTIME_DIR=/run/user/4242", QUIET];
      const drop = ["setpriv", "--reuid", "4242", "--regid", "4242", "--init-groups", ...own];
      const unshared = [...drop, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "podman", "unshare"];
      const withoutVariables = drop.filter((word) => !word.startsWith("XDG_RUNTIME_DIR="));
      for (const around of [drop, withoutVariables, unshared]) {
        const ask = (...words: readonly string[]) => testHost.run([...around, DYNUSER, ...words]);
        const [running] = JSON.parse(ask("ps", "--json").stdout || "[{}]");
        assert.is(running.name, "web", ask("ps").stderr);
        assert.match(ask("uid", "ls").stdout, /web +held/);
        assert.equal(ask("gc"), { status: 0, stdout: "", stderr: "" });
        const state = ask("state", "ls", "--json");
        assert.equal(
          JSON.parse(state.stdout || "[]").map(({ path }: { path: string }) => path.replace(testHost.directory, "")),
          ["/rootless/.local/state/private/dynuser-containers"],
          state.stderr,
        );
      }
      testHost.sh("rmdir /var/lib/private /var/cache/private /var/log/private");
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
    hooks: (testHost: TestHost) => ["--runtime", runtime, "--hooks-dir", writeHooks(testHost)],
  } as const;

  for (const [door, globals] of Object.entries(DOORS)) {
    const doors = suite<Stage>(`options of podman without root with ${runtime} and our ${door}`);

    doors.before(async (stage) => {
      stage.testHost = await openTestHost();
      const podman = startRootlessPodman(stage.testHost);
      const words = globals(stage.testHost);
      stage.podman = (args, more) => podman([...words, ...args], more);
    });
    doors.after.each(({ testHost, podman }) => {
      podman(["rm", "--all", "--force", "--time", "0"]);
      // what a start that failed, or a container that was killed, left is for the next one through the hooks
      podman(["run", "--rm", ...RUN, IMAGE, "true"]);
      assert.equal(tracesIn(testHost, OWN), []);
      assert.is(testHost.sh("ls -A /run/dynuser /run/userdb 2>/dev/null").stdout, "");
    });
    doors.after(({ testHost }) => testHost.close());

    doors("-v, --read-only and --tmpfs are as they were asked for", ({ podman, testHost }) => {
      testHost.sh("mkdir -m 777 data state; chown 4242:4242 data state");
      const script = "for f in /data/a /tmp/a /scratch/a $STATE_DIRECTORY/a; do echo a >$f && cat $f; done; touch /x";
      const volumes = ["-v", `${testHost.directory}/data:/data`, "-v", `${testHost.directory}/state:/var/lib/web`];
      const options = ["--read-only", "--tmpfs", "/tmp:size=1m", "--tmpfs", "/scratch", ...volumes];
      const { stdout, stderr } = podman(["run", "--rm", ...RUN, ...options, IMAGE, "sh", "-c", script]);
      assert.is(stdout, "a\na\na\na\n", stderr);
      assert.match(stderr, "/x: Read-only file system");
      assert.is(testHost.sh("cat state/a").stdout, "a\n");
    });

    doors("an inaccessible path is inaccessible to every user", ({ podman }) => {
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

    doors("two containers of one name, one of them killed from outside, and started again", ({ podman, testHost }) => {
      for (const name of ["c", "d"]) podman(["run", "-d", "--name", name, ...RUN, IMAGE, "sleep", "1000"]);
      const pidOf = (name: string) => podman(["inspect", "-f", "{{.State.Pid}}", name]).stdout.trim();
      const uidOf = (name: string) => testHost.sh(`awk '/^Uid/ { print $2 }' /proc/${pidOf(name)}/status`).stdout;
      const uid = uidOf("c");
      assert.ok(Number(uid) >= 100_000, uid);
      assert.is(uidOf("d"), uid);
      testHost.sh(`kill -9 ${pidOf("c")}`);
      assert.is(podman(["wait", "c"]).stdout, "137\n");
      assert.is(podman(["start", "c"]).status, 0);
      assert.is(uidOf("c"), uid);
      assert.is(podman(["stop", "-t", "0", "d"]).status, 0);
    });

    doors("a start that fails or is refused keeps no other", ({ podman }) => {
      assert.is(podman(["run", "--rm", ...RUN, IMAGE, "nonexistent"]).status, 127);
      const refused = podman(["run", "--rm", ...RUN, "--annotation", "dynuser/Nope=1", IMAGE, "true"]);
      assert.match(refused.stderr, "dynuser: cannot read Nope=: unknown to systemd 262");
      assert.is(podman(["run", "--rm", ...RUN, IMAGE, "whoami"]).stdout, "web\n");
    });

    doors("a health check runs as the container's user, or not at all", ({ podman }) => {
      const check = ["--health-cmd", "whoami | grep web", "--health-interval", "disable"];
      podman(["run", "-d", "--name", "c", ...check, ...RUN, IMAGE, "sleep", "1000"]);
      assert.is(podman(["healthcheck", "run", "c"]).status === 0, door === "runtime");
    });

    doors("images are built as without dynuser", ({ podman, testHost }) => {
      testHost.sh(
        `mkdir -p build; printf 'FROM ${IMAGE}\\nRUN id -u >/built\\n' >build/Containerfile; chmod -R a+rX build`,
      );
      const { status, stderr } = podman(["build", "--network", "none", "-t", "built", `${testHost.directory}/build`]);
      assert.is(status, 0, stderr);
      assert.is(podman(["run", "--rm", "--network", "none", "built", "cat", "/built"]).stdout, "0\n");
    });

    doors.run();
  }
}
