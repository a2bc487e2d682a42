import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser, RUNTIMES, startDynuser } from "../support/dynuser.ts";
import { command, shell, withScratch } from "../support/scratch.ts";

/** Everything of ours that is named after the service. */
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

  test(`the main job: a user of its own, state that stays, everything else read-only (${runtime})`, () => {
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

  test(`exit codes are the command's, 128 + n for a signal, 127 and 126 for what cannot run (${runtime})`, () => {
    assert.is(run(["--", "sh", "-c", "exit 7"]).code, 7);
    assert.is(run(["--", "sh", "-c", "kill -TERM $$"]).code, 143);
    assert.is(run(["--", "/nowhere/program"]).code, 127);
    assert.is(run(["--", "no-such-program"]).code, 127);
    assert.is(run(["--", "/etc/passwd"]).code, 126);
  });

  test(`standard streams are the command's own (${runtime})`, () => {
    const { output, errors } = run(["-p", "DynamicUser=yes", "--", "sh", "-c", "cat; echo wrong >&2"], {
      input: "right\n",
    });
    assert.is(output, "right\n");
    assert.is(errors, "wrong\n");
  });

  test(`files and devices that it gets as standard streams keep their owners (${runtime})`, () => {
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

  test(`the session keyring is the caller's only where it is inherited (${runtime})`, () => {
    const KEYCTL = process.arch === "arm64" ? 219 : 250;
    const keyring = ["perl", "-e", `print syscall(${KEYCTL}, 0, -3, 0)`] as const;
    const ours = command(...keyring);
    assert.is(run(["-p", "KeyringMode=inherit", "--", ...keyring]).output, ours);
    for (const mode of [[], ["-p", "KeyringMode=private"]])
      assert.is.not(run([...mode, "--", ...keyring]).output, ours);
  });

  test(`nothing of it survives, background children included (${runtime})`, async () => {
    const { code, output } = run([
      ...["-p", "DynamicUser=yes", "--name", "dynuser-children", "--", "sh", "-c"],
      "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!; exit 3",
    ]);
    assert.is(code, 3);
    assert.ok(await hasEnded(Number(output)));
    assert.equal(leftOf("dynuser-children"), []);
  });

  test(`signals reach the command (${runtime})`, async () => {
    const script = 'trap "echo hup" HUP; trap "echo term; exit 9" TERM; echo ready; while :; do sleep 0.01; done';
    const started = startDynuser(["run", "--runtime", runtime, "-p", "DynamicUser=yes", "--", "sh", "-c", script]);
    await started.until("ready");
    process.kill(started.pid, "SIGHUP");
    await started.until("hup");
    process.kill(started.pid, "SIGTERM");
    assert.is(await started.ended, 9);
  });

  test(`an interrupt reaches everybody in front of the terminal, as the kernel would send it (${runtime})`, async () => {
    const child = 'trap "exit 4" INT; echo ready; while :; do sleep 0.01; done';
    const script = `trap : INT; (${child}); exit $?`;
    const started = startDynuser(["run", "--runtime", runtime, "-p", "DynamicUser=yes", "--", "sh", "-c", script]);
    await started.until("ready");
    process.kill(started.pid, "SIGINT");
    assert.is(await started.ended, 4);
  });

  test(`a terminal of its own: a tty of the caller's size that the user owns (${runtime})`, () => {
    const inner = `${DYNUSER} run --runtime ${runtime} -t -p DynamicUser=yes --name terminal -- sh -c 'tty && stty size; exit 5'`;
    const output = command("script", "-qec", `stty rows 41 cols 99; ${inner}; echo "code $?"`, "/dev/null");
    assert.match(output, /\/dev\/pts\/\d+\r\n/);
    assert.match(output, /41 99\r\n/);
    assert.match(output, /code 5\r\n/);
  });

  test(`what a killed dynuser leaves is gone after the next call (${runtime})`, async () => {
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

  test(`several runs of one name share the user, which goes with the last (${runtime})`, async () => {
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

  test(`another root file system is only read (${runtime})`, () => {
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

test("without root it says what to do instead", () => {
  for (const [verb, ...args] of [["run", "--", "true"], ["show", "--", "true"], ["gc"]]) {
    const { code, errors } = dynuser([verb!, ...args], { uid: 65534, cwd: "/" });
    assert.is(code, 125);
    assert.match(errors, `dynuser: cannot ${verb}: found user 65534, expected root`);
    assert.match(errors, "without root: podman --runtime");
  }
});

test("root of a user namespace is not root", () => {
  const inside = ["-r", DYNUSER, "run", "--", "true"];
  const { status, stderr } = spawnSync("unshare", inside, { uid: 65534, cwd: "/", encoding: "utf8" });
  assert.is(status, 125);
  assert.match(stderr, "dynuser: cannot run: found root of a user namespace, expected root");
});

test("mistakes are all told, one line each, and nothing has happened", () => {
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
  for (const line of errors.trimEnd().split("\n")) assert.match(line, /^dynuser: cannot read \w+=: found .*\(-p\)$/);
  assert.is(existsSync("/tmp/never"), false);
});

test("in a unit file what systemd ignores is ignored with its place, and refused with --strict", () => {
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

test("a missing command, runtime or file is one line", () => {
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

test("show names the user, every edit's owner, and changes nothing", () => {
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
  assert.match(output, /StateDirectory=: directory base="\/var\/lib" name="dynuser-shown"/);
  assert.match(output, /\+ root\.readonly: true/);
  assert.is(existsSync("/var/lib/private/dynuser-shown"), false);
});

test("a call by an x32 number does what the kernel does, or ends who makes it where no kernel could do it", () => {
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
