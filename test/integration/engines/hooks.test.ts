import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { suite, type Test } from "uvu";
import * as assert from "uvu/assert";
import {
  ASKING,
  type Engine,
  podmanCommand,
  startDaemon,
  startPodman,
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
  /** `podman run` of a dynamic user's container without a network. */
  run(...args: readonly string[]): ReturnType<Engine>;
}

/** Where podman mounts its files, unless a volume is there. */
const PODMAN_PLACES = ["/run/.containerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/dev/shm"];

for (const runtime of ["crun", "runc"] as const) {
  for (const [kind, start, own] of [
    ["podman", startPodman, "/run/dynuser"],
    ["rootless podman", startRootlessPodman, "/run/user/4242/dynuser"],
  ] as const) {
    const hooks = suite<Stage>(`hooks of ${kind} with ${runtime}`);

    hooks.before(async (stage) => {
      stage.testHost = await openTestHost();
      const directory = writeHooks(stage.testHost);
      const podman = start(stage.testHost);
      stage.podman = (args, options) => podman(["--hooks-dir", directory, "--runtime", runtime, ...args], options);
      stage.run = (...args) => stage.podman(["run", "--network", "none", ...ASKING, ...args]);
    });
    hooks.after.each(({ testHost, podman }) => {
      podman(["rm", "--all", "--force", "--time", "0"]);
      assert.equal(tracesIn(testHost, own), []);
    });
    hooks.after(({ testHost }) => testHost.close());

    hooks("a container runs as a dynamic user and keeps its state", ({ run }) => {
      const script = "id; whoami; cat $STATE_DIRECTORY/f 2>/dev/null; echo kept >$STATE_DIRECTORY/f; touch /x";
      run("--rm", IMAGE, "sh", "-c", script);
      const { stdout, stderr } = run("--rm", IMAGE, "sh", "-c", script);
      assert.match(stdout, /^uid=(\d+)\(web\) gid=\1\(web\) groups=\1\(web\)\nweb\nkept\n$/, stderr);
      assert.match(stderr, "/x: Read-only file system");
    });

    hooks("exec as root is refused, as the container's user it works", ({ run, podman }) => {
      run("-d", "--name", "c", IMAGE, "sh", "-c", "id -u >/var/lib/web/uid; exec sleep 1000");
      for (const options of [[], ["--user", "0"], ["--privileged"], ["--user", "1000"]]) {
        const { status, stdout } = podman(["exec", ...options, "c", "id"]);
        assert.is.not(status, 0, options.join(" "));
        assert.is(stdout, "");
      }
      const uid = run("--rm", IMAGE, "cat", "/var/lib/web/uid").stdout.trim();
      const { stdout, stderr } = podman(["exec", "--user", `${uid}:${uid}`, "c", "id", "-u"]);
      assert.is(stdout, `${uid}\n`, stderr);
      const bound = podman(["exec", "--user", `${uid}:${uid}`, "c", "grep", "CapBnd", "/proc/self/status"]).stdout;
      assert.is(bound, "CapBnd:\t0000000000000000\n", "what a set-user-ID file of the image could give");
    });

    if (kind === "podman") {
      hooks("a volume with another container's ID in its path claims nothing of that container", (stage) => {
        const { run, podman, testHost } = stage;
        run("-d", "--name", "c", IMAGE, "sleep", "1000");
        const id = podman(["inspect", "-f", "{{.Id}}", "c"]).stdout.trim();
        const record = () => testHost.sh(`md5sum /run/dynuser/containers/podman:${id}/process.json`).stdout;
        const before = record();
        testHost.sh(`mkdir -p /srv/${id}/userdata/d; touch /srv/${id}/userdata/f`);
        const forged = (places: readonly string[]) =>
          places.flatMap((place) => ["-v", `/srv/${id}/userdata/${place === "/dev/shm" ? "d" : "f"}:${place}`]);
        const named = ["--annotation", "dynuser/DynamicUser=yes", "--annotation", "dynuser/Name=other"];
        const start = (...options: readonly string[]) =>
          podman(["run", "--rm", "--network", "none", ...options, ...named, IMAGE, "id", "-un"]).stdout;
        assert.is(start("--no-hosts", ...forged(PODMAN_PLACES)), "other\n");
        // podman's runc takes no container without a cgroup
        for (const places of runtime === "crun" ? [["/a"], ["/dev/shm"], ["/etc/hosts"], PODMAN_PLACES] : []) {
          const stdout = start("--cgroups=disabled", "--no-hosts", ...forged(places));
          assert.ok(["other\n", ""].includes(stdout), stdout);
          assert.is(record(), before, places.join(" "));
        }
        assert.is(record(), before);
      });
    }

    hooks("stop and restart give the user back and take it up again", ({ run, podman, testHost }) => {
      run("-d", "--name", "c", IMAGE, "sleep", "1000");
      assert.is(podman(["restart", "-t", "0", "c"]).status, 0);
      podman(["stop", "-t", "0", "c"]);
      assert.equal(tracesIn(testHost, own), []);
    });

    hooks("what a person reads when a container is refused", ({ run }) => {
      const refusals = {
        "--annotation=dynuser/Nope=1": "dynuser: cannot read Nope=: unknown to systemd 262",
        "--annotation=dynuser/LimitNOFILE=5": "dynuser: cannot honour LimitNOFILE= through podman's hook",
        "--security-opt=no-new-privileges": "dynuser: cannot keep exec to the container's user",
      };
      for (const [option, text] of Object.entries(refusals)) {
        const { status, stdout, stderr } = run("--rm", option, IMAGE, "id");
        assert.is.not(status, 0);
        assert.is(stdout, "");
        assert.ok(stderr.includes(text), stderr);
      }
    });

    hooks("a command that is not there leaves nothing once podman or another start has cleaned up", ({ run }) => {
      assert.is(run("--rm", IMAGE, "nonexistent").status, 127);
      assert.is(run("--rm", IMAGE, "true").status, 0);
    });

    hooks("a missing binary stops the container, and only those that ask for it", ({ run, podman, testHost }) => {
      const directory = writeHooks(testHost, "/nowhere/call");
      const broken = (...args: readonly string[]) =>
        podman(["--hooks-dir", directory, "run", "--rm", "--network", "none", ...args]);
      assert.is(broken(IMAGE, "id", "-u").stdout, "0\n");
      const { status, stdout } = podman([
        "--hooks-dir",
        directory,
        "run",
        "--rm",
        "--network",
        "none",
        ...ASKING,
        IMAGE,
        "id",
      ]);
      assert.is.not(status, 0);
      assert.is(stdout, "");
      void run;
    });

    hooks("where the user is the engine's own, exec is its matter as well", ({ podman }) => {
      const asked = ["--network", "none", "--annotation", "dynuser/ProtectHome=yes", "--user", "1000"];
      podman(["run", "-d", "--name", "c", ...asked, "--security-opt", "no-new-privileges", IMAGE, "sleep", "1000"]);
      assert.is(podman(["exec", "--user", "0", "c", "id", "-u"]).stdout, "0\n");
    });

    hooks("a health check, which podman starts as root, fails", ({ run, podman }) => {
      run("-d", "--name", "c", "--health-cmd", "true", "--health-interval", "disable", IMAGE, "sleep", "1000");
      assert.is.not(podman(["healthcheck", "run", "c"]).status, 0);
    });

    if (kind === "podman") testOnHost(hooks, runtime);
    hooks.run();
  }
}

/** Adds a program of the host, with the set-user-ID bit, to the image; its libraries are those of the host's /usr. */
const ADD_SET_USER_ID = `mkdir /suid /usr; cp /host/bin/grep /suid; chmod 4755 /suid/grep
  ln -s usr/lib /lib; ln -s usr/lib64 /lib64`;

function testOnHost(hooks: Test<Stage>, runtime: string): void {
  hooks("a set-user-ID file of the image gives no capability", ({ podman, run, testHost }) => {
    podman(["run", "--name", "m", "--network", "none", "-v", "/usr:/host:ro", IMAGE, "sh", "-c", ADD_SET_USER_ID]);
    assert.is(podman(["commit", "-q", "m", "localhost/suid"]).status, 0);
    const image = ["-v", "/usr:/usr:ro", "localhost/suid"];
    const status = ["/suid/grep", "-E", "^(Uid|CapEff)", "/proc/self/status"];
    assert.match(run("--rm", ...image, ...status).stdout, /^Uid:(\t[0-9]{5})\1\1\1\nCapEff:\t0{16}\n$/);
    run("-d", "--name", "c", ...image, "sleep", "1000");
    const pid = podman(["inspect", "-f", "{{.State.Pid}}", "c"]).stdout.trim();
    const uid = testHost.sh(`stat -c %u /proc/${pid}`).stdout.trim();
    const { stdout, stderr } = podman(["exec", "--user", `${uid}:${uid}`, "c", ...status]);
    assert.match(stdout, /\nCapEff:\t0{16}\n$/, stderr);
  });

  hooks("limits beyond 2^53 survive digit by digit", ({ run, podman, testHost }) => {
    // whether or not this machine may set them
    run("--name", "c", "--ulimit", "core=-1:-1", IMAGE, "true");
    const config = testHost.sh("cat /var/lib/containers/storage/overlay-containers/*/userdata/config.json").stdout;
    assert.match(config, /"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615/);
    podman(["rm", "-f", "c"]);
    assert.is(run("--rm", IMAGE, "true").status, 0);
  });

  hooks("a container runs on whatever else is started", ({ run, podman, testHost }) => {
    run("-d", "--name", "c", IMAGE, "sleep", "1000");
    const { status, stderr } = testHost.run([DYNUSER, "run", "-p", "DynamicUser=yes", "--name", "other", "true"]);
    assert.is(status, 0, stderr);
    assert.is(podman(["inspect", "--format", "{{.State.Status}}", "c"]).stdout, "running\n");
    assert.is(podman(["stop", "-t", "0", "c"]).status, 0);
    assert.is(podman(["inspect", "--format", "{{.State.ExitCode}}", "c"]).stdout, "137\n", "stopped by us");
  });

  hooks("an engine that lives on starts a container again whose start has failed", ({ testHost }) => {
    const { directory } = testHost;
    const url = `unix://${directory}/podman.sock`;
    const globals = ["--hooks-dir", writeHooks(testHost), "--runtime", runtime];
    const service = podmanCommand(testHost, [...globals, "system", "service", "--time", "0", url]).join(" ");
    startDaemon(testHost, service, `test -S ${directory}/podman.sock`);
    const remote = (...args: readonly string[]) => testHost.run(["podman", "--url", url, ...args]);
    mkdirSync(`${directory}/bin`);
    chmodSync(directory, 0o755);
    const create = ["create", "--name", "c", "--network", "none", "-v", `${directory}/bin:/opt`, ...ASKING];
    assert.is(remote(...create, IMAGE, "/opt/program").status, 0);
    assert.is.not(remote("start", "c").status, 0);
    writeFileSync(`${directory}/bin/program`, "#!/bin/sh\nid -un\n", { mode: 0o755 });
    const { status, stderr } = remote("start", "c");
    assert.is(status, 0, stderr);
    assert.is(remote("wait", "c").stdout, "0\n");
    assert.is(remote("logs", "c").stdout, "web\n");
    assert.is(remote("rm", "c").status, 0);
  });
}
