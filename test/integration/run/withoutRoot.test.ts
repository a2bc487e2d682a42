import { spawn } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { makeUser, type OrdinaryUser } from "../../support/hosts/ordinaryUser.ts";
import { openTestHost, ROOTS, type TestHost } from "../../support/hosts/testHost.ts";

/** Programs by the accounts that can use them: runc needs an ID 0 in each user namespace. */
const CASES = [
  { ids: "several", runtime: "/usr/bin/crun" },
  { ids: "several", runtime: "/usr/sbin/runc" },
  { ids: "several", runtime: `${ROOTS}/sid-runtimes/crun` },
  { ids: "several", runtime: `${ROOTS}/sid-runtimes/runc` },
  { ids: "one", runtime: "/usr/bin/crun" },
  { ids: "one", runtime: `${ROOTS}/sid-runtimes/crun` },
] as const;

interface Stage {
  testHost: TestHost;
  user: OrdinaryUser;
  /** A script in `dynuser run` with these options; standard output, or the error. */
  see(script: string, ...options: readonly string[]): string;
}

const UID = 4321;

for (const { ids, runtime } of CASES) {
  const tests = suite<Stage>(`dynuser run without root, ${ids === "one" ? "one ID" : "several IDs"}, ${runtime}`);

  tests.before(async (stage) => {
    stage.testHost = await openTestHost("with roots");
    // as podman of root leaves one below /var/lib/containers/storage
    stage.testHost.sh(
      `mkdir -p /var/lib/closed/mount; mount -t tmpfs tmpfs /var/lib/closed/mount; chmod 700 /var/lib/closed`,
    );
    stage.user = makeUser(stage.testHost, "ordinary", UID, ids);
    stage.see = (script, ...options) => {
      const args = ["run", "--runtime", runtime, ...options, "--", "sh", "-c", script];
      const { stdout, stderr, status } = stage.user.dynuser(args, { cwd: "/" });
      return status === 0 ? stdout : `${stdout}${stderr}[${status}]`;
    };
  });
  tests.after.each(({ testHost, user }) => {
    assert.is(
      testHost
        .sh(`ls -A /run/user/${UID}/dynuser/holders /run/user/${UID}/dynuser/leases`)
        .stdout.replace(/.*:\n/g, "")
        .trim(),
      "",
    );
    assert.is(
      testHost.sh(`ls -A ${user.home} /run/user/${UID} | grep -v -e : -e dynuser -e '^[.]' -e '^$'`).stdout,
      "",
    );
  });
  tests.after(({ testHost }) => testHost.close());

  tests("the command is a dynamic user with a name, without capabilities and new privileges", ({ see }) => {
    const script = "id -un; id -u; id -G; grep -e CapEff -e NoNewPrivs /proc/self/status; echo $HOME";
    const [name, uid, groups, ...rest] = see(script, "--name", "web").split("\n");
    assert.is(name, "web");
    assert.ok(Number(uid) >= 61184 && Number(uid) <= 65519, uid);
    assert.is(groups, uid);
    assert.equal(rest, ["CapEff:\t0000000000000000", "NoNewPrivs:\t1", "/", ""]);
  });

  tests(
    "towards the kernel it has a subordinate ID, or the caller's where there is no other",
    async ({ user, testHost }) => {
      const held = [...user.drop, DYNUSER, "run", "--runtime", runtime, "--", "sh", "-c", "echo ready; read line"];
      const child = spawn("nsenter", [...testHost.enter, "--", ...held], { stdio: ["pipe", "pipe", "inherit"] });
      const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
      await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
      const [{ pid, uid }] = JSON.parse(testHost.run([...user.drop, DYNUSER, "ps", "--json"]).stdout);
      assert.ok(uid >= 61184, String(uid));
      const main = testHost.sh(
        `cat /proc/*/status | awk '/^Name/ { name = $2 } /^Uid/ && name == "sh" { print $2 }' | sort -u`,
      ).stdout;
      assert.match(main, ids === "one" ? `${UID}\n` : `${300_000 + uid - 1}\n`);
      assert.is(pid, undefined);
      child.stdin.end("\n");
      assert.is(await ended, 0);
    },
  );

  tests("everything is read-only but private /tmp and /var/tmp; the home is closed", ({ see, user }) => {
    const script = `for f in /x /etc/x /usr/x /var/x ${user.home}/x; do touch $f 2>/dev/null && echo $f; done; ls -A /tmp /var/tmp; touch /tmp/x /var/tmp/x; ls ${user.home} 2>/dev/null | wc -l`;
    assert.is(see(script), "/tmp:\n\n/var/tmp:\n0\n");
  });

  tests(
    "its directories are those of a user's service manager, belong to it and are kept",
    ({ see, user, testHost }) => {
      const kinds = ["State", "Cache", "Logs", "Runtime", "Configuration"];
      const options = kinds.flatMap((kind) => ["-p", `${kind}Directory=web`]);
      const variables = kinds.map((kind) => `$${kind.toUpperCase()}_DIRECTORY`);
      const script = `for d in ${variables.join(" ")}; do echo $d; stat -c %U $d; done; echo x >>$STATE_DIRECTORY/file; wc -l <$STATE_DIRECTORY/file`;
      const places = [".local/state/web", ".cache/web", ".local/state/log/web"].map((path) => `${user.home}/${path}`);
      const expected = [...places, `/run/user/${UID}/web`, `${user.home}/.config/web`].flatMap((path) => [path, "web"]);
      for (const count of ["1", "2"]) {
        assert.is(see(script, "--name", "web", ...options), [...expected, count, ""].join("\n"));
      }
      assert.is(user.run(["cat", ".local/state/web/file"]).stdout, "x\nx\n");
      assert.match(see("cat $STATE_DIRECTORY/file", "--name", "other", "-p", "StateDirectory=other"), "No such file");
      const listed = JSON.parse(user.dynuser(["state", "ls", "web", "--json"]).stdout || "[]");
      assert.equal(
        listed.map(({ what, service }: { what: string; service: string }) => [what, service]),
        [
          ["cache", "web"],
          ["logs", "web"],
          ["state", "web"],
        ],
      );
      assert.is(user.dynuser(["state", "clean", "--what=all", "web", "other"]).status, 0);
      assert.is(
        testHost.sh(`ls -A ${user.home}/.local/state/private ${user.home}/.cache/private`).stdout.match(/web|other/),
        null,
      );
      testHost.sh(`rm -r ${user.home}/.config ${user.home}/.local ${user.home}/.cache`);
    },
  );

  tests("--workspace gives it the caller's directory, and what it makes there is the caller's", ({ see, testHost }) => {
    testHost.sh(`mkdir /srv/work; chown ${UID}:${UID} /srv/work`);
    try {
      assert.is(
        see("pwd; touch made; stat -c %U made; id -un", "--name", "job", "--workspace", "/srv/work"),
        "/srv/work\njob\njob\n",
      );
      assert.is(testHost.sh("stat -c %u:%g /srv/work/made").stdout, `${UID}:${UID}\n`);
    } finally {
      testHost.sh("rm -r /srv/work");
    }
  });

  tests("with the caller's ID the sockets in its runtime directory are hidden", ({ see, testHost }) => {
    testHost.sh(
      `mkdir /run/user/${UID}/systemd; chown ${UID} /run/user/${UID}/systemd; mkdir /srv/work; chown ${UID} /srv/work`,
    );
    const look = `ls -A /run/user/${UID} 2>/dev/null`;
    assert.is(see(`${look}; true`, "--workspace", "/srv/work", "-p", "ProtectHome=read-only"), "");
    assert.is(see(`${look}; true`), "");
    testHost.sh(`rm -r /run/user/${UID}/systemd /srv/work`);
  });

  tests("settings of systemd have their effect", ({ see }) => {
    const rows: readonly (readonly [options: readonly string[], script: string, seen: string])[] = [
      [["PrivateNetwork=yes"], "grep -c : /proc/net/dev", "1\n"],
      [["PrivateDevices=yes"], "echo x >/dev/null; head -c 3 /dev/zero | wc -c; ls /dev/kmsg 2>/dev/null; true", "3\n"],
      [["TemporaryFileSystem=/srv:mode=1777"], "touch /srv/x; ls /srv", "x\n"],
      [["BindReadOnlyPaths=/etc/hostname:/opt/new/name"], "cmp /etc/hostname /opt/new/name && echo same", "same\n"],
      [["SetCredential=key:value"], "cat $CREDENTIALS_DIRECTORY/key", "value"],
      [["SystemCallFilter=~uname", "SystemCallErrorNumber=EPERM"], "uname 2>/dev/null; echo $?", "1\n"],
      [["InaccessiblePaths=/etc/hosts"], "cat /etc/hosts 2>/dev/null; echo $?", "1\n"],
      [
        ["ProtectHostname=yes", "ProtectKernelTunables=yes", "ProtectControlGroups=yes", "ProtectProc=invisible"],
        "echo a",
        "a\n",
      ],
      [["LimitNOFILE=100"], "ulimit -n", "100\n"],
      [["Environment=A=b", "UMask=0077"], "echo $A; umask", "b\n0077\n"],
    ];
    for (const [options, script, expected] of rows) {
      const given = options.flatMap((option) => ["-p", option]);
      assert.is(see(script, ...given), expected, options.join());
    }
  });

  tests("terminals: of the run, and made by the command", ({ see, user }) => {
    const { stdout } = user.dynuser(["run", "--runtime", runtime, "-t", "--", "tty"]);
    assert.match(stdout, /^\/dev\/pts\/\d/);
    assert.match(see("script -qc tty /dev/null", "--profile", "ci"), /^\/dev\/pts\/\d/);
  });

  tests("rules of devices, which need a cgroup, are refused and not dropped", ({ see }) => {
    assert.match(see("true", "-p", "DevicePolicy=closed"), /cannot honour DevicePolicy=.* expected PrivateDevices=yes/);
    assert.is(see("true", "-p", "DeviceAllow=/dev/null", "-p", "PrivateDevices=yes"), "");
  });

  tests("message queues are its own, and absent on a host without a place for them", ({ see, testHost }) => {
    const look = () => see("stat -fc %T /dev/mqueue", "-p", "PrivateIPC=yes");
    testHost.sh("umount -l /dev/mqueue; mkdir -p /dev/mqueue");
    assert.is(look(), "mqueue\n");
    testHost.sh("rmdir /dev/mqueue");
    assert.match(look(), "No such file or directory");
  });

  tests("exit codes are those of the command", ({ user }) => {
    const codes = [["sh", "-c", "exit 7"], ["nosuch"], ["/etc/passwd"]].map(
      (command) => user.dynuser(["run", "--runtime", runtime, "--", ...command]).status,
    );
    assert.equal(codes, [7, 127, 126]);
  });

  tests.run();
}
