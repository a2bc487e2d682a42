import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser, RUNTIMES, startDynuser } from "../../support/hosts/dynuser.ts";
import { command, shell, withScratch } from "../../support/hosts/scratch.ts";

/** Leases, records and cgroups that are named after the service. */
function leftOf(name: string): readonly string[] {
  const places = [
    "/run/dynuser/holders",
    "/run/userdb",
    ...readdirSync("/sys/fs/cgroup").map((one) => `/sys/fs/cgroup/${one}`),
  ];
  return places.flatMap((place) => {
    const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory();
    return isDirectory ? readdirSync(place).filter((entry) => entry.includes(name)) : [];
  });
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** A killed process leaves its cgroup before it is gone. */
async function hasEnded(pid: number): Promise<boolean> {
  for (const deadline = Date.now() + 5000; isAlive(pid); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

const ENOSYS = 38;
const SIGSYS = 31;

for (const runtime of RUNTIMES) {
  const run = (args: readonly string[], options = {}) => dynuser(["run", "--runtime", runtime, ...args], options);

  test(`a dynamic user keeps its state, and everything else is read-only (${runtime})`, () => {
    const script = 'id -u; id -un; ls "$STATE_DIRECTORY"; touch "$STATE_DIRECTORY/x"; touch /etc/x';
    const args = [
      "-p",
      "DynamicUser=yes",
      "-p",
      "StateDirectory=dynuser-job",
      "--name",
      "dynuser-job",
      "--",
      "sh",
      "-c",
    ];
    try {
      const first = run([...args, script]);
      const second = run([...args, script]);
      const uid = Number(first.output.split("\n")[0]);
      assert.ok(uid >= 61184 && uid <= 65519, first.output);
      assert.is(first.output, `${uid}\ndynuser-job\n`);
      assert.is(second.output, `${uid}\ndynuser-job\nx\n`);
      assert.match(second.errors, /\/etc\/x.*Read-only file system/);
      assert.is(existsSync("/etc/x"), false);
    } finally {
      rmSync("/var/lib/dynuser-job", { force: true });
      rmSync("/var/lib/private/dynuser-job", { recursive: true, force: true });
    }
  });

  test(`settings name the directories of the service at its first start (${runtime})`, () => {
    const settings = [
      "StateDirectory=dynuser-first",
      "ReadWritePaths=/var/lib/dynuser-first",
      "BindReadOnlyPaths=/var/lib/dynuser-first:/mnt",
      "CacheDirectory=dynuser-first",
      "ReadWritePaths=/var/cache/dynuser-first",
    ];
    const script = "touch $STATE_DIRECTORY/x /var/cache/dynuser-first/y && ls /mnt $CACHE_DIRECTORY";
    try {
      const { output, errors } = run([...settings.flatMap((one) => ["-p", one]), "--", "sh", "-c", script]);
      assert.is(output, "/mnt:\nx\n\n/var/cache/dynuser-first:\ny\n", errors);
    } finally {
      for (const base of ["/var/lib", "/var/cache"]) {
        rmSync(`${base}/dynuser-first`, { force: true });
        rmSync(`${base}/private/dynuser-first`, { recursive: true, force: true });
      }
    }
  });

  test(`the exit code is the command's, 128 + n for a signal, 127 and 126 for a command that cannot run (${runtime})`, () => {
    assert.is(run(["--", "sh", "-c", "exit 7"]).code, 7);
    assert.is(run(["--", "sh", "-c", "kill -TERM $$"]).code, 143);
    assert.is(run(["--", "/nowhere/program"]).code, 127);
    assert.is(run(["--", "no-such-program"]).code, 127);
    assert.is(run(["--", "/etc/passwd"]).code, 126);
  });

  test(`a command that cannot be executed is reported in one line of dynuser (${runtime})`, () => {
    withScratch((directory) => {
      chmodSync(directory, 0o755);
      const make = (name: string, text: string, mode = 0o755) => writeFileSync(`${directory}/${name}`, text, { mode });
      make("text", "no program\n");
      make("script", "#!/nowhere/interpreter\n");
      make("denied", "", 0o644);
      make("environment", `A=${"x".repeat(131_072)}\n`);
      command("ln", "-s", "loop", `${directory}/loop`);
      command("cp", "/bin/true", `${directory}/busy`);
      const busy = openSync(`${directory}/busy`, "r+");
      const expectations = [
        [`${directory}/text`, "Exec format error", 126],
        [`${directory}/script`, "No such file or directory", 127],
        [`${directory}/denied`, "Permission denied", 126],
        [directory, "Permission denied", 126],
        [`${directory}/loop`, "Too many levels of symbolic links", 126],
        [`${directory}/busy`, "Text file busy", 126],
        [`${directory}/text/below`, "Not a directory", 127],
        ["/nowhere/program", "No such file or directory", 127],
        ["no-such-program", "No such file or directory", 127],
      ] as const;
      for (const settings of [
        ["-p", "DynamicUser=no"],
        ["-p", `BindReadOnlyPaths=${directory}`],
      ]) {
        for (const [path, reason, expected] of expectations) {
          const { code, output, errors } = run([...settings, "--", path]);
          assert.match(errors, /^dynuser: cannot execute "[^"\n]+": [^\n]+\n$/, path);
          assert.match(errors, `: ${reason}\n`, path);
          assert.equal([code, output], [expected, ""], path);
        }
      }
      const { code, errors } = run(["-p", `EnvironmentFile=${directory}/environment`, "--", "true"]);
      assert.equal(
        [code, errors.replace(/"[^"]*"/, "TRUE")],
        [126, "dynuser: cannot execute TRUE: Argument list too long\n"],
      );
      closeSync(busy);
    });
  });

  test(`a relative command is one of the caller's working directory (${runtime})`, () => {
    const { code, output } = run(["--", "./id", "-u"], { cwd: "/usr/bin" });
    assert.equal([code, /^6\d{4}\n$/.test(output)], [0, true]);
  });

  test(`standard streams reach the command (${runtime})`, () => {
    const { output, errors } = run(["-p", "DynamicUser=yes", "--", "sh", "-c", "cat; echo wrong >&2"], {
      input: "right\n",
    });
    assert.is(output, "right\n");
    assert.is(errors, "wrong\n");
  });

  test(`files and devices used as standard streams keep their owners (${runtime})`, () => {
    withScratch((directory) => {
      const places = { out: `${directory}/out`, err: `${directory}/err`, other: `${directory}/null` };
      command("mknod", places.other, "c", "1", "3");
      for (const input of ["/dev/null", places.other]) {
        const script = `${DYNUSER} run --runtime ${runtime} -p DynamicUser=yes -- sh -c 'cat; echo out; echo err >&2' <${input} >${places.out} 2>${places.err}`;
        shell(script);
        assert.is(readFileSync(places.out, "utf8"), "out\n");
        for (const path of ["/dev/null", ...Object.values(places)]) assert.is(statSync(path).uid, 0, path);
      }
    });
  });

  test(`the session keyring is the caller's only with KeyringMode=inherit (${runtime})`, () => {
    const KEYCTL = process.arch === "arm64" ? 219 : 250;
    const keyring = ["perl", "-e", `print syscall(${KEYCTL}, 0, -3, 0)`] as const;
    const ours = command(...keyring);
    assert.is(run(["-p", "DynamicUser=no", "-p", "KeyringMode=inherit", "--", ...keyring]).output, ours);
    for (const mode of [[], ["-p", "KeyringMode=private"]])
      assert.is.not(run([...mode, "--", ...keyring]).output, ours);
  });

  test(`no process survives the command, background children included (${runtime})`, async () => {
    const { code, output } = run([
      ...["-p", "DynamicUser=yes", "--name", "dynuser-children", "--", "sh", "-c"],
      "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!; exit 3",
    ]);
    assert.is(code, 3);
    assert.ok(await hasEnded(Number(output)));
    assert.equal(leftOf("dynuser-children"), []);
  });

  test(`signals are passed to the command (${runtime})`, async () => {
    const script = 'trap "echo hup" HUP; trap "echo term; exit 9" TERM; echo ready; while :; do sleep 0.01; done';
    const started = startDynuser(["run", "--runtime", runtime, "-p", "DynamicUser=yes", "--", "sh", "-c", script]);
    await started.until("ready");
    process.kill(started.pid, "SIGHUP");
    await started.until("hup");
    process.kill(started.pid, "SIGTERM");
    assert.is(await started.ended, 9);
  });

  test(`a service that is stopped by SIGTERM ends by SIGTERM, a clean end for systemd (${runtime})`, async () => {
    for (const args of [
      ["--", "sleep", "1000"],
      ["-p", "ExecStart=/bin/sleep 1000"],
    ]) {
      const started = startDynuser(["run", "--runtime", runtime, "--status-fd", "1", ...args]);
      await started.until("started");
      process.kill(started.pid, "SIGTERM");
      assert.is(await started.ended, "SIGTERM");
    }
  });

  test(`--die-with-parent stops the command when the caller ends (${runtime})`, async () => {
    const inner = `${DYNUSER} run --runtime ${runtime} --die-with-parent -- sh -c 'echo pid $$; exec sleep 1000'`;
    const caller = spawn("sh", ["-c", `${inner} & wait`], { stdio: ["ignore", "pipe", "inherit"] });
    const [text] = (await once(caller.stdout, "data")) as [Buffer];
    const pid = Number(/pid (\d+)/.exec(text.toString())![1]);
    caller.kill("SIGKILL");
    assert.ok(await hasEnded(pid));
  });

  test(`SIGINT reaches the whole process group, as from a terminal (${runtime})`, async () => {
    const child = 'trap "exit 4" INT; echo ready; while :; do sleep 0.01; done';
    const script = `trap : INT; (${child}); exit $?`;
    const started = startDynuser(["run", "--runtime", runtime, "-p", "DynamicUser=yes", "--", "sh", "-c", script]);
    await started.until("ready");
    process.kill(started.pid, "SIGINT");
    assert.is(await started.ended, 4);
  });

  test(`--terminal allocates a tty of the caller's size that the user owns (${runtime})`, () => {
    const inner = `${DYNUSER} run --runtime ${runtime} -t -p DynamicUser=yes --name terminal -- sh -c 'tty && stty size; exit 5'`;
    const output = command("script", "-qec", `stty rows 41 cols 99; ${inner}; echo "code $?"`, "/dev/null");
    assert.match(output, /\/dev\/pts\/\d+\r\n/);
    assert.match(output, /41 99\r\n/);
    assert.match(output, /code 5\r\n/);
  });

  test(`gc removes what a killed dynuser left (${runtime})`, async () => {
    const args = ["-p", "DynamicUser=yes", "-p", "RuntimeDirectory=dynuser-killed", "--name", "dynuser-killed"];
    const started = startDynuser([
      "run",
      "--runtime",
      runtime,
      ...args,
      "--",
      "sh",
      "-c",
      "echo pid $$; exec sleep 1000",
    ]);
    const pid = Number(/pid (\d+)/.exec(await started.until("\n"))![1]);
    process.kill(started.pid, "SIGKILL");
    assert.is(await started.ended, "SIGKILL");
    assert.ok(isAlive(pid));
    assert.ok(existsSync("/run/dynuser-killed"));
    assert.is(dynuser(["gc"]).code, 0);
    assert.ok(await hasEnded(pid));
    assert.is(existsSync("/run/dynuser-killed"), false);
    assert.equal(leftOf("dynuser-killed"), []);
  });

  test(`runs without a name have different users (${runtime})`, async () => {
    const args = ["run", "--runtime", runtime, "--", "sh", "-c", "id -un; id -u; exec cat"];
    const runs = [0, 1].map(() => startDynuser(args));
    const users = await Promise.all(runs.map((one) => one.until("\n6")));
    for (const user of users) assert.match(user, /^run-[0-9a-f]{16}\n6\d{4}\n$/);
    assert.is(new Set(users.flatMap((user) => user.trim().split("\n"))).size, 4);
    for (const one of runs) one.process.stdin!.end();
    assert.equal(await Promise.all(runs.map((one) => one.ended)), [0, 0]);
  });

  test(`a command has a dynamic user and its sandbox unless DynamicUser=no (${runtime})`, () => {
    const look = "id -u; touch /etc/dynuser-never && rm /etc/dynuser-never && echo writable";
    const { output } = run(["--", "sh", "-c", look]);
    assert.match(output, /^6\d{4}\n$/);
    assert.is(run(["-p", "DynamicUser=no", "--", "sh", "-c", look]).output, "0\nwritable\n");
  });

  test(`runs of one name share the user, which the last one releases (${runtime})`, async () => {
    const args = ["run", "--runtime", runtime, "-p", "DynamicUser=yes", "--name", "shared", "--", "sh", "-c"];
    const [first, second] = [0, 1].map(() => startDynuser([...args, "id -u; exec cat"]));
    const uids = await Promise.all([first!.until("\n"), second!.until("\n")]);
    assert.is(uids[0], uids[1]);
    first!.process.stdin!.end();
    assert.is(await first!.ended, 0);
    assert.is(dynuser([...args, "id -u"]).output, uids[1]);
    second!.process.stdin!.end();
    assert.is(await second!.ended, 0);
  });

  test(`--rootfs is read-only to a dynamic user (${runtime})`, () => {
    withScratch((directory) => {
      chmodSync(directory, 0o755);
      for (const name of ["bin", "proc", "sys", "dev", "var/lib", "etc", "tmp", "var/tmp"]) {
        mkdirSync(`${directory}/${name}`, { recursive: true });
      }
      command("cp", "/bin/busybox", `${directory}/bin/busybox`);
      command("ln", "-s", "busybox", `${directory}/bin/sh`);
      const script = "busybox id -u; echo kept >$STATE_DIRECTORY/x; busybox cat /var/lib/image/x; echo no >/etc/x";
      const args = [
        "--rootfs",
        directory,
        "-p",
        "DynamicUser=yes",
        "-p",
        "StateDirectory=image",
        "-p",
        "Environment=PATH=/bin",
      ];
      try {
        const { output, errors } = run([...args, "--name", "image", "--", "/bin/sh", "-c", script]);
        assert.match(output, /^6\d{4}\nkept\n$/, errors);
        assert.match(errors, /etc\/x: Read-only file system/);
      } finally {
        rmSync("/var/lib/image", { force: true });
        rmSync("/var/lib/private/image", { recursive: true, force: true });
      }
    });
  });
}

test("a run has a user of the host only by User=", () => {
  withScratch((directory) => {
    chownSync(directory, 1234, 1234);
    for (const name of ["root", "man", "tty"]) {
      command("cp", "/usr/bin/id", `${directory}/${name}`);
      const [uid = ""] = dynuser([
        "run",
        "-p",
        "PrivateTmp=no",
        "--workspace",
        directory,
        "--",
        `./${name}`,
        "-u",
      ]).output.split("\n");
      assert.match(uid, /^6\d{4}$/, name);
    }
  });
  for (const [name, kind] of [
    ["root", "user"],
    ["tty", "group"],
  ] as const) {
    const { code, errors } = dynuser(["run", "--name", name, "--", "id"]);
    assert.is(code, 125);
    assert.match(errors, `cannot name the user "${name}": found a ${kind} of that name on the host`);
  }
  assert.is(dynuser(["run", "-p", "User=man", "--", "id", "-un"]).output, "man\n");
});

test("a unit and a profile decide whether the user is dynamic", () => {
  withScratch((directory) => {
    writeFileSync(`${directory}/plain.service`, "[Service]\nExecStart=/usr/bin/id -u\n");
    writeFileSync(`${directory}/plain.yaml`, "DynamicUser: no\n");
    assert.is(dynuser(["run", "--unit", `${directory}/plain.service`]).output, "0\n");
    assert.is(dynuser(["run", "--profile", `${directory}/plain.yaml`, "--", "id", "-u"]).output, "0\n");
  });
});

test("without root the message names the alternative", () => {
  const { code, errors } = dynuser(["standby"], { uid: 65534, cwd: "/" });
  assert.is(code, 125);
  assert.match(errors, "dynuser: cannot run dynuser standby: found user 65534, expected root (sudo dynuser standby)");
});

test("root of a user namespace is a user without root", () => {
  const inside = ["-r", DYNUSER, "run", "--", "id", "-u"];
  const { stdout, stderr } = spawnSync("unshare", inside, { uid: 65534, cwd: "/", encoding: "utf8" });
  assert.match(stdout, /^6\d{4}\n$/, stderr);
  rmSync("/tmp/dynuser-65534", { recursive: true });
});

test("all invalid settings are reported, one line each, and nothing is started", () => {
  const settings = [
    "ProtectSystem=stict",
    "Foo=1",
    "StateDirectory=../x",
    "ReadOnlyPaths=relative",
    "StateDirectory=private/x",
  ];
  const { code, errors, output } = dynuser([
    "run",
    ...settings.flatMap((one) => ["-p", one]),
    "--",
    "touch",
    "/tmp/never",
  ]);
  assert.is(code, 125);
  assert.is(output, "");
  assert.is(errors.trimEnd().split("\n").length, settings.length);
  for (const line of errors.trimEnd().split("\n"))
    assert.match(line, /^dynuser: cannot read \w+=: (?:found|unknown) .*\(-p\)$/);
  assert.is(existsSync("/tmp/never"), false);
});

test("an invalid line of a unit is ignored with a warning that names it, and refused with --strict", () => {
  withScratch((directory) => {
    writeFileSync(`${directory}/odd.service`, "[Service]\nProtectSystem=stict\nExecStart=/bin/echo fine\n");
    const lenient = dynuser(["run", "--unit", `${directory}/odd.service`]);
    assert.is(lenient.output, "fine\n");
    assert.match(lenient.errors, /ignoring ProtectSystem=: found "stict".*\(odd\.service:2\)/);
    const strict = dynuser(["run", "--strict", "--unit", `${directory}/odd.service`]);
    assert.is(strict.code, 125);
    assert.is(strict.output, "");
  });
});

test("a unit that dynuser does not start is reported, and refused with --strict", () => {
  withScratch((directory) => {
    const unit =
      "[Unit]\nRequires=x.socket basic.target\nConditionNeedsUpdate=/etc\n[Service]\nExecStart=/bin/echo fine\n";
    writeFileSync(`${directory}/needs.service`, unit);
    const lenient = dynuser(["run", "--unit", `${directory}/needs.service`]);
    assert.is(lenient.output, "fine\n");
    assert.match(
      lenient.errors,
      'ignoring Requires=: found "x.socket", which dynuser run does not start (needs.service:2)',
    );
    assert.match(lenient.errors, "ignoring ConditionNeedsUpdate=: it cannot be checked without a service manager");
    assert.not.match(lenient.errors, "basic.target");
    const strict = dynuser(["run", "--strict", "--unit", `${directory}/needs.service`]);
    assert.equal([strict.code, strict.output], [125, ""]);
  });
});

test("a unit that is skipped or fails an assertion says why in one line", () => {
  withScratch((directory) => {
    for (const [kind, expected] of [
      ["Condition", 0],
      ["Assert", 125],
    ] as const) {
      writeFileSync(
        `${directory}/unmet.service`,
        `[Unit]\n${kind}PathExists=/nowhere\n[Service]\nExecStart=/bin/echo ran\n`,
      );
      const { code, output, errors } = dynuser(["run", "--unit", `${directory}/unmet.service`]);
      assert.equal([code, output], [expected, ""]);
      assert.match(errors, /^dynuser: [^\n]*PathExists=\/nowhere \(unmet\.service:2\) is not met\n$/);
    }
  });
});

test("--unit takes names without .service, as systemctl does", () => {
  withScratch((directory) => {
    writeFileSync(`${directory}/plain.service`, "[Service]\nExecStart=/bin/echo %n\n");
    writeFileSync(`${directory}/many@.service`, "[Service]\nExecStart=/bin/echo %n\n");
    assert.is(dynuser(["run", "--unit", "plain"], { cwd: directory }).output, "plain.service\n");
    assert.is(dynuser(["run", "--unit", "many@a.b"], { cwd: directory }).output, "many@a.b.service\n");
  });
});

test("a missing command, runtime or file is reported in one line", () => {
  for (const args of [
    [],
    ["--runtime", "/nowhere/crun", "--", "true"],
    ["--unit", "/nowhere.service"],
    ["--rootfs", "/nowhere", "--", "true"],
  ]) {
    const { code, errors } = dynuser(["run", ...args]);
    assert.is(code, 125, errors);
    assert.is(errors.trimEnd().split("\n").length, 1, errors);
    assert.match(errors, /^dynuser: cannot /);
  }
});

test("show prints the user and the directive of each edit, and changes nothing", () => {
  const { code, output } = dynuser([
    "show",
    "-p",
    "DynamicUser=yes",
    "-p",
    "StateDirectory=dynuser-shown",
    "--name",
    "foo",
    "--",
    "true",
  ]);
  assert.is(code, 0);
  assert.match(output, /foo, UID 63016, GID 63016/);
  assert.match(output, "creates /var/lib/private/dynuser-shown, mode 0755, ID-mapped  (StateDirectory=)");
  assert.match(output, "/  read-only  (ProtectSystem=)");
  assert.is(existsSync("/var/lib/private/dynuser-shown"), false);
});

test("an x32 system call behaves as in the kernel, or ends its process where the kernel has no x32", () => {
  const GETPID = 0x40000000 + 39;
  const program = ["perl", "-e", `exit(syscall(${GETPID}) == -1 ? $!+0 : 0)`];
  const { status } = spawnSync(program[0]!, program.slice(1));
  const found = RUNTIMES.map(
    (runtime) =>
      dynuser(["run", "--runtime", runtime, "-p", "SystemCallFilter=~uname", "--name", "x32", "--", ...program]).code,
  );
  assert.equal(found, [status, status === ENOSYS ? 128 + SIGSYS : status]);
});

test.run();
