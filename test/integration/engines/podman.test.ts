import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  ASKING,
  configurePodman,
  type Engine,
  runtimePath,
  startPodman,
  tracesIn,
} from "../../support/engines/engines.ts";
import { IMAGE, writeImage } from "../../support/engines/image.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  podman: Engine;
  /** `podman run` of a dynamic user's container without a network. */
  run(...args: readonly string[]): ReturnType<Engine>;
}

for (const runtime of ["crun", "runc"] as const) {
  const podman = suite<Stage>(`podman with ${runtime}`);

  podman.before(async (stage) => {
    const testHost = await openTestHost();
    const start = startPodman(testHost);
    const call: Engine = (args, options) => start(["--runtime", runtimePath(runtime), ...args], options);
    Object.assign(stage, {
      testHost,
      podman: call,
      run: (...args) => call(["run", "--network", "none", ...ASKING, ...args]),
    } as Stage);
  });
  podman.before.each(({ testHost }) => {
    testHost.sh("rm -rf /var/lib/private/dynuser-containers");
    configurePodman(testHost);
  });
  podman.after.each(({ testHost, podman: call }) => {
    call(["rm", "--all", "--force", "--time", "0"]);
    assert.equal(tracesIn(testHost), []);
  });
  podman.after(({ testHost }) => testHost.close());

  podman("a container runs as a user with a name, a private writable directory and little else", ({ run }) => {
    const script =
      "id; whoami; echo $HOME $USER $LOGNAME $STATE_DIRECTORY; echo x >/x; echo y >$STATE_DIRECTORY/y; grep -E 'CapEff|NoNew' /proc/self/status";
    const { status, stdout, stderr } = run("--rm", IMAGE, "sh", "-c", script);
    assert.is(status, 0, stderr);
    const [id, ...rest] = stdout.trim().split("\n");
    assert.match(id!, /^uid=(\d+)\(web\) gid=\1\(web\) groups=\1\(web\)$/);
    assert.equal(rest, ["web", "/ web web /var/lib/web", "CapEff:\t0000000000000000", "NoNewPrivs:\t1"]);
    assert.match(stderr, "/x: Read-only file system");
  });

  podman("state is readable by the next container, whatever its UID", ({ run, testHost }) => {
    run("--rm", IMAGE, "sh", "-c", "echo kept >/var/lib/web/file; chmod 600 /var/lib/web/file");
    testHost.sh("rm -rf /run/dynuser; chown -R 61200:61200 /var/lib/private/dynuser-containers/podman/web");
    const { stdout } = run(
      "--rm",
      "--annotation",
      "dynuser/User=other",
      IMAGE,
      "sh",
      "-c",
      "whoami; cat /var/lib/web/file",
    );
    assert.is(stdout, "other\nkept\n");
  });

  podman("exec keeps the container's user, privileges and variables", ({ run, podman: call }) => {
    run("-d", "--name", "c", "-e", "MINE=1", IMAGE, "sleep", "1000");
    const script = "whoami; echo $HOME $USER $STATE_DIRECTORY $MINE $GIVEN; grep -E 'CapEff|NoNew' /proc/self/status";
    const expected = "web\n/ web /var/lib/web 1 2\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n";
    for (const options of [[], ["--privileged"], ["--user", "0"]]) {
      assert.is(
        call(["exec", "-e", "GIVEN=2", ...options, "c", "sh", "-c", script]).stdout,
        expected,
        options.join(" "),
      );
    }
    const { status, stderr } = call(["exec", "--user", "1000", "c", "id"]);
    assert.is.not(status, 0);
    assert.match(stderr, "dynuser: cannot exec as UID 1000");
  });

  podman("its own terminal works, in run and in exec", ({ run, podman: call }) => {
    run("-d", "--name", "c", IMAGE, "sleep", "1000");
    assert.match(call(["exec", "-t", "c", "sh", "-c", "tty; whoami"]).stdout, /\/dev\/pts\/0\r\nweb/);
    assert.match(run("--rm", "-t", IMAGE, "sh", "-c", "tty; whoami; echo >/dev/tty").stdout, /\/dev\/pts\/0\r\nweb/);
  });

  podman("a health check runs as the container's user", ({ run, podman: call }) => {
    run(
      "-d",
      "--name",
      "c",
      "--health-cmd",
      "test $(whoami) = web",
      "--health-interval",
      "disable",
      IMAGE,
      "sleep",
      "1000",
    );
    const { status, stderr } = call(["healthcheck", "run", "c"]);
    assert.is(status, 0, stderr);
  });

  podman(
    "restart, stop and start go on with the same user and give it back in between",
    ({ run, podman: call, testHost }) => {
      run("-d", "--name", "c", IMAGE, "sleep", "1000");
      const whoIs = () => call(["exec", "c", "id", "-u"]).stdout;
      const first = whoIs();
      assert.is(call(["restart", "-t", "0", "c"]).status, 0);
      assert.is(whoIs(), first);
      call(["stop", "-t", "0", "c"]);
      assert.equal(tracesIn(testHost), []);
      call(["start", "c"]);
      assert.is(whoIs(), first);
    },
  );

  podman("a command that does not exist fails as without dynuser and leaves nothing", ({ run }) => {
    const { status, stderr } = run("--rm", IMAGE, "nonexistent");
    assert.is(status, 127);
    assert.not.match(stderr, "dynuser:");
  });

  podman("what a person reads when a container is refused", ({ run }) => {
    const refusals = {
      "dynuser/BindPaths=/etc": "cannot take BindPaths= from an annotation: policy of podman is safe",
      "dynuser/Nope=1": "cannot read Nope=: unknown to systemd 262",
      "dynuser/bad key=1": 'cannot read annotation "dynuser/bad key"',
      "dynuser/User=root": 'cannot run as "root": it is a user of this host',
      "dynuser/Profile=../../etc/x": 'cannot read annotation "dynuser/Profile"',
      "dynuser/Profile=none": 'cannot take profile "none": found neither',
      "dynuser/StateDirectory=../x": "cannot read StateDirectory=",
      "org.dynuser.prepared=x": "it has been prepared already",
    };
    for (const [annotation, text] of Object.entries(refusals)) {
      const { status, stderr } = run("--rm", "--annotation", annotation, IMAGE, "id");
      assert.is(status, 126, annotation);
      assert.ok(stderr.includes(text), stderr);
      assert.is(stderr.trim().split("\n").length, 1, stderr);
    }
  });

  podman("an image's own user and its groups make room for the dynamic user", ({ podman: call, testHost }) => {
    const archive = join(testHost.directory, "user.tar");
    writeImage(archive, { name: "localhost/user:latest", user: "app" });
    call(["load", "-q", "-i", archive]);
    const options = ["run", "--rm", "--network", "none", ...ASKING];
    assert.match(
      call([...options, "localhost/user", "id"]).stdout,
      /^uid=(\d+)\(web\) gid=\1\(web\) groups=\1\(web\)$/m,
    );
    const grouped = call([...options, "--group-add", "3000", "localhost/user", "id", "-G"]).stdout;
    assert.match(grouped, /^(\d+) 3000$/m);
    const unknown = call([
      ...options,
      "--user",
      "4711",
      "localhost/user",
      "sh",
      "-c",
      "whoami; grep -c 4711 /etc/passwd",
    ]).stdout;
    assert.match(unknown, /^web\n/);
  });

  podman("limits beyond 2^53 survive digit by digit", ({ run, podman: call, testHost }) => {
    run("--name", "c", "--ulimit", "core=-1:-1", IMAGE, "true");
    const config = testHost.sh("cat /var/lib/containers/storage/overlay-containers/*/userdata/config.json").stdout;
    assert.match(config, /"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615/);
    call(["rm", "-f", "c"]);
  });

  podman(
    "a profile of the administrator sets what annotations may not, and is a default where it is named so",
    ({ podman: call, testHost }) => {
      testHost.sh("mkdir -p /etc/dynuser/profiles; echo secret >/etc/dynuser/shown");
      testHost.sh(
        "printf 'DynamicUser: yes\\nBindReadOnlyPaths: /etc/dynuser/shown:/shown\\nProtectHome: yes\\n' >/etc/dynuser/profiles/base.yaml",
      );
      const asked = [
        "run",
        "--rm",
        "--network",
        "none",
        "--annotation",
        "dynuser/Profile=base",
        IMAGE,
        "sh",
        "-c",
        "whoami; cat /shown",
      ];
      assert.is(call(asked).stdout, "base\nsecret\n");
      testHost.sh(
        "echo 'engines: {podman: {directories: own, defaultProfile: base, profiles: []}}' >/etc/dynuser/config.yaml",
      );
      assert.is(call(["run", "--rm", "--network", "none", IMAGE, "whoami"]).stdout, "base\n");
      const other = asked.map((word) => word.replace("Profile=base", "Profile=other"));
      assert.match(call(other).stderr, 'cannot take profile "other": podman may have base');
    },
  );

  podman(
    "a broken configuration stops create and exec with its line, and nothing else",
    ({ run, podman: call, testHost }) => {
      run("-d", "--name", "c", IMAGE, "sleep", "1000");
      testHost.sh("mkdir -p /etc/dynuser; printf 'engines:\\n  podmann: {}\\n' >/etc/dynuser/config.yaml");
      assert.match(
        run("--rm", IMAGE, "id").stderr,
        /found unknown key "engines.podmann", did you mean podman\? \(\/etc\/dynuser\/config.yaml:2\)/,
      );
      assert.match(call(["exec", "c", "id"]).stderr, /found unknown key "engines.podmann"/);
      assert.match(
        call(["run", "--rm", "--network", "none", IMAGE, "id"]).stderr,
        'found unknown key "engines.podmann"',
      );
      assert.is(call(["kill", "c"]).status, 0);
      assert.is(call(["rm", "-f", "c"]).status, 0);
    },
  );

  podman("a container without our annotations is what it would be without us", ({ podman: call, testHost }) => {
    const { stdout, status } = call(["run", "--network", "none", "--name", "plain", IMAGE, "id", "-u"]);
    assert.equal([status, stdout], [0, "0\n"]);
    assert.is(
      testHost.sh("ls /var/lib/containers/storage/overlay-containers/*/userdata/config.dynuser-original.json").stdout,
      "",
    );
  });

  podman("PrivateUsers= puts the container into its own user namespace", ({ run }) => {
    const show =
      "whoami; cat /proc/self/uid_map; echo s >/var/lib/web/s; ls -ln /var/lib/web/s; ls /sys/fs >/dev/null && echo sys";
    const { stdout, stderr, status } = run("--rm", "--annotation", "dynuser/PrivateUsers=yes", IMAGE, "sh", "-c", show);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^web\n +0 +0 +1\n +(\d+) +\1 +1\n-rw-r--r--\s+1 \1\s+\1 .*\nsys\n$/);
    const all = run("--rm", "--annotation", "dynuser/PrivateUsers=identity", IMAGE, "cat", "/proc/self/uid_map");
    assert.match(all.stdout, /^ +0 +0 +65536\n$/);
  });

  podman.run();
}
