import { type ChildProcess, spawn } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DIST, DYNUSER } from "../../support/hosts/dynuser.ts";
import { makeUser, type OrdinaryUser } from "../../support/hosts/ordinaryUser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

interface Stage {
  testHost: TestHost;
  user: OrdinaryUser;
}

const UID = 4322;
const WORK = "/srv/work";

/** A job in a sandbox, with the words that ask bubblewrap and dynuser for it, and what it prints. */
interface Job {
  readonly title: string;
  readonly script: string;
  readonly seen: string | RegExp;
  readonly dynuser?: readonly string[];
  /** Undefined where bubblewrap cannot do it. */
  readonly bwrap?: readonly string[];
}

const SYSTEM = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--unshare-pid"];
const WITH_WORK = ["--bind", WORK, WORK, "--chdir", WORK];
/** Mounts below a mount below a mount. */
const DEEP = "/srv/deep";
const IN_WORK = ["--workspace", WORK];

const JOBS: readonly Job[] = [
  { title: "the root is read-only", script: "touch /x 2>&1", seen: /Read-only file system/, bwrap: SYSTEM },
  { title: "/tmp is empty and writable", script: "ls -A /tmp; touch /tmp/x && ls /tmp", seen: "x\n", bwrap: SYSTEM },
  {
    title: "no network but a loopback device",
    script: "grep -c : /proc/net/dev",
    seen: "1\n",
    dynuser: ["--network", "none"],
    bwrap: [...SYSTEM, "--unshare-net"],
  },
  {
    title: "system calls that are not listed fail",
    script: "uname 2>&1",
    seen: /Operation not permitted|cannot/,
    dynuser: ["-p", "SystemCallFilter=~uname", "-p", "SystemCallErrorNumber=EPERM"],
  },
  { title: "the exit code is the command's", script: "exit 7", seen: "[7]", bwrap: SYSTEM },
  {
    title: "a signal handler of the command runs",
    script: "trap 'echo caught; exit 3' TERM; kill $$; sleep 5",
    seen: "caught\n[3]",
    bwrap: SYSTEM,
  },
  { title: "few processes are visible", script: "ls -d /proc/[0-9]* | wc -l", seen: /^[1-5]\n$/, bwrap: SYSTEM },
  {
    title: "the command's own terminals",
    script: "script -qc tty /dev/null",
    seen: /^\/dev\/pts\/\d/,
    dynuser: ["--profile", "ci"],
    bwrap: SYSTEM,
  },
  {
    title: "the workspace is writable",
    script: "echo a >made && cat made && rm made",
    seen: "a\n",
    dynuser: IN_WORK,
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
  {
    title: "a build with make",
    script: "printf 'all:\\n\\techo built >out\\n' >Makefile && make -s && cat out && rm Makefile out",
    seen: "built\n",
    dynuser: [...IN_WORK, "--profile", "ci"],
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
  {
    title: "a virtual environment of python",
    script: "/usr/bin/python3 -m venv --without-pip v && v/bin/python -c 'print(1)' && rm -r v",
    seen: "1\n",
    dynuser: [...IN_WORK, "--profile", "ci"],
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
  {
    title: "a script of npm",
    script: `echo '{"scripts":{"a":"echo ran"}}' >package.json && HOME=/tmp npm run -s a; rm package.json`,
    seen: "ran\n",
    dynuser: [...IN_WORK, "--profile", "ci"],
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
  {
    title: "a repository of git",
    script: "git init -q r && cd r && git status --short && cd .. && rm -rf r && echo done",
    seen: "done\n",
    dynuser: [...IN_WORK, "--profile", "ci"],
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
  {
    title: "a sandbox in the sandbox",
    script: `${DYNUSER} run -- echo inner`,
    seen: "inner\n",
    dynuser: ["--bind", "/tmp:/mnt", "--ro-bind", DIST],
  },
  { title: "a limit of open files", script: "ulimit -n", seen: "64\n", dynuser: ["-p", "LimitNOFILE=64"] },
  { title: "a limit of time", script: "sleep 60", seen: /RuntimeMaxSec=/, dynuser: ["-p", "RuntimeMaxSec=200ms"] },
  { title: "a user that exists for this run alone", script: "id -un", seen: /^run-[0-9a-f]{16}\n$/ },
  {
    title: "secrets as files",
    script: "cat $CREDENTIALS_DIRECTORY/key",
    seen: "word",
    dynuser: ["-p", "SetCredential=key:word"],
  },
  {
    title: "paths that do not exist on the host",
    script: "ls /opt/a/b",
    seen: "bash.bashrc\n",
    dynuser: ["-p", "BindReadOnlyPaths=/etc/bash.bashrc:/opt/a/b/bash.bashrc"],
  },
  {
    title: "a mount point that is missing in a directory of the host that is bound elsewhere",
    script: "ls -d /mnt/a/b /mnt/bin/sh",
    seen: "/mnt/a/b\n/mnt/bin/sh\n",
    dynuser: ["--ro-bind", "/usr:/mnt", "--tmpfs", "/mnt/a/b"],
  },
  {
    title: "mounts below mounts of a directory that is bound elsewhere",
    script: "cd /mnt && find . -type f | sort && touch a/b/made && rm a/b/made",
    seen: "./a/b/deepest\n./a/deeper\n./a/file\n./deep\n",
    dynuser: ["--bind", `${DEEP}:/mnt`],
    bwrap: [...SYSTEM, "--bind", DEEP, "/mnt"],
  },
  {
    title: "mounts below mounts of a directory that is bound read-only",
    script: `cd ${DEEP} && find . -type f | wc -l; touch made a/made a/b/made 2>&1 | grep -c Read-only`,
    seen: "4\n3\n",
    dynuser: ["--ro-bind", DEEP],
    bwrap: [...SYSTEM, "--ro-bind", DEEP, DEEP],
  },
  {
    title: "mounts below mounts stay where one above them becomes read-only",
    script: `cd ${DEEP} && find . -type f | wc -l; touch made && rm made; touch a/made a/b/made 2>&1 | grep -c Read-only`,
    seen: "4\n2\n",
    dynuser: ["--bind", DEEP, "-p", `ReadOnlyPaths=${DEEP}/a`],
  },
  {
    title: "a bind without the mounts below, which the kernel refuses, says so",
    script: "true",
    seen: /cannot honour BindPaths=\/srv\/deep: found a mount below it, "\/srv\/deep\/a", .*expected rbind/,
    dynuser: ["-p", `BindPaths=${DEEP}:/mnt:norbind`],
  },
  { title: "changes that are discarded", script: "touch gone; ls", seen: "gone\n", dynuser: [...IN_WORK, "--discard"] },
  {
    title: "nothing is left of the job before",
    script: "ls -A",
    seen: "",
    dynuser: IN_WORK,
    bwrap: [...SYSTEM, ...WITH_WORK],
  },
];

for (const ids of ["several", "one"] as const) {
  const jobs = suite<Stage>(`jobs of an ordinary user, ${ids === "one" ? "one ID" : "several IDs"}`);

  jobs.before(async (stage) => {
    stage.testHost = await openTestHost();
    stage.user = makeUser(stage.testHost, "worker", UID, ids);
    stage.testHost.sh(`mkdir ${WORK}; chown ${UID}:${UID} ${WORK}; ${makeDeepMounts()}`);
  });
  jobs.after.each(({ testHost }) => {
    assert.is(
      testHost
        .sh(`ls -A /run/user/${UID}/dynuser/holders /run/user/${UID}/dynuser/names`)
        .stdout.replace(/.*:\n/g, "")
        .trim(),
      "",
    );
  });
  jobs.after(async ({ testHost }) => {
    testHost.sh(`umount -R ${DEEP}; rm -r ${WORK} ${DEEP}`);
    await testHost.close();
  });

  for (const { title, script, seen, dynuser = [], bwrap } of JOBS) {
    jobs(title, ({ user }) => {
      const calls = [
        [DYNUSER, "run", ...dynuser, "--", "sh", "-c", script],
        ...(bwrap === undefined ? [] : [["bwrap", ...bwrap, "sh", "-c", script]]),
      ];
      for (const call of calls) {
        const { stdout, stderr, status } = user.run(call, { cwd: "/" });
        const found = `${stdout}${stdout === "" ? stderr : ""}${status === 0 || typeof seen !== "string" ? "" : `[${status}]`}`;
        if (typeof seen === "string") assert.is(found, seen, call[0]);
        else assert.match(found, seen, call[0]);
      }
    });
  }

  jobs("two at once see nothing of each other", async ({ testHost, user }) => {
    const script =
      "id -u; readlink /proc/self/ns/pid /proc/self/ns/ipc /proc/self/ns/net; echo x >/tmp/$1; ls /tmp; echo ready; read line; ls /tmp; ls -d /proc/[0-9]* | wc -l";
    const options = ["--network", "none"];
    const runs = ["a", "b"].map((name) =>
      start(testHost, user, ["run", ...options, "--", "sh", "-c", script, "sh", name]),
    );
    for (const one of runs) await one.until("ready\n");
    for (const one of runs) one.child.stdin!.end("\n");
    const seen = await Promise.all(runs.map(async (one) => [await one.ended, await one.all] as const));
    const [first, second] = seen.map(([, text]) => text.split("\n"));
    assert.equal(
      seen.map(([code]) => code),
      [0, 0],
    );
    for (const index of [0, 1, 2, 3]) assert.is.not(first![index], second![index]);
    assert.equal(
      [first!.slice(4, 7), second!.slice(4, 7)],
      [
        ["a", "ready", "a"],
        ["b", "ready", "b"],
      ],
    );
  });

  jobs("SIGTERM ends the command, and SIGKILL of dynuser is cleaned up after", async ({ testHost, user }) => {
    const run = ["run", "--name", "held", "--", "sh", "-c", "echo ready; exec sleep 1000"];
    const stopped = start(testHost, user, run);
    await stopped.until("ready\n");
    testHost.sh(`kill -TERM ${pidOf(testHost)}`);
    assert.is(await stopped.ended, 137);
    const killed = start(testHost, user, run);
    await killed.until("ready\n");
    testHost.sh(`kill -KILL ${pidOf(testHost)}`);
    await killed.ended;
    assert.match(user.dynuser(["ps"]).stdout, /held/);
    assert.match(user.dynuser(["gc"]).stdout, /held/);
    assert.is(testHost.sh("grep -l sleep.100[0] /proc/[0-9]*/cmdline").stdout, "");
    assert.is(user.dynuser(["ps", "--json"]).stdout, "[]\n");
  });

  jobs("units: forked and notifying services, in their order", ({ user, testHost }) => {
    const unit = (text: string) => {
      testHost.sh(`cat >${user.home}/job.service; chmod 644 ${user.home}/job.service`, {
        input: `[Service]\n${text}\n`,
      });
      const { stdout, stderr, status } = user.dynuser(["run", "--file", `${user.home}/job.service`]);
      return `${stdout}${stderr}[${status}]`;
    };
    const fork = "ExecStart=sh -c '(sleep 0.2; exit 3) & echo $! >$RUNTIME_DIRECTORY/pid'";
    assert.is(unit(`Type=forking\nDynamicUser=yes\nRuntimeDirectory=job\nPIDFile=%t/job/pid\n${fork}`), "[3]");
    assert.is(unit("Type=notify\nNotifyAccess=all\nExecStart=sh -c 'systemd-notify --ready; id -un'"), "worker\n[0]");
    const steps = ["ExecStartPre", "ExecStart", "ExecStartPost", "ExecStopPost"].map((step) => `${step}=echo ${step}`);
    assert.is(
      unit(`Type=oneshot\nDynamicUser=yes\n${steps.join("\n")}`),
      "ExecStartPre\nExecStart\nExecStartPost\nExecStopPost\n[0]",
    );
    testHost.sh(`rm ${user.home}/job.service`);
  });

  jobs("git works in a linked worktree, and changes nothing of its repository", ({ user }) => {
    const made = `cd ${WORK} && git init -q main && cd main && git config user.name a && git config user.email a@b &&
      git commit -q --allow-empty -m first && git worktree add -q ../linked`;
    assert.is(user.run(["sh", "-c", made]).status, 0);
    const run = (script: string, ...options: readonly string[]) =>
      user.run([DYNUSER, "run", "--workspace", `${WORK}/linked`, ...options, "--", "sh", "-c", script]);
    assert.is(run("touch new; git log --format=%s; git status --short; rm new").stdout, "first\n?? new\n");
    assert.match(run("git commit -q --allow-empty -m second").stderr, "Read-only file system");
    const repository = ["--workspace", `${WORK}/main/.git`];
    assert.is(
      run("git commit -q --allow-empty -m second; git log --format=%s", ...repository).stdout,
      "second\nfirst\n",
    );
    user.run(["rm", "-rf", `${WORK}/main`, `${WORK}/linked`]);
  });

  jobs("a program that the sandbox hides is named, with what shows it", ({ testHost, user }) => {
    testHost.sh(`mkdir ${user.home}/bin; cp /bin/true ${user.home}/bin/own-tool`);
    const say = (command: string) =>
      user.run(["env", `PATH=${user.home}/bin:/usr/bin`, DYNUSER, "run", "--", command]).stderr;
    assert.match(
      say("bin/own-tool"),
      "No such file or directory: the sandbox hides it, --workspace or --ro-bind shows it",
    );
    assert.match(say("own-tool"), `it is "${user.home}/bin/own-tool" in the caller's PATH, -E PATH`);
    assert.match(say("no-tool"), /No such file or directory\n$/);
    testHost.sh(`rm -r ${user.home}/bin`);
  });

  jobs("in another sandbox, whose runtime directory is read-only, and with few descriptors", ({ user }) => {
    const bwrap = ["bwrap", ...SYSTEM, DYNUSER, "run", "--", "echo", "inner"];
    assert.is(user.run(bwrap).stdout, "inner\n");
    const limited = `ulimit -n 32; ${DYNUSER} run -- sh -c 'ulimit -n'`;
    assert.is(user.run(["sh", "-c", limited]).stdout, "32\n");
  });

  jobs("where user namespaces are forbidden the message names the switch, and so does doctor", ({ user, testHost }) => {
    const before = testHost.sh("cat /proc/sys/user/max_user_namespaces").stdout;
    const inside = `unshare -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -sys_admin ${DYNUSER} "$@"' sh`;
    const say = (words: string) => user.run(["sh", "-c", `${inside} ${words}`]);
    assert.match(
      say("run -- true").stderr,
      /found user\.max_user_namespaces=0, expected a user namespace \(sudo sysctl -w/,
    );
    assert.match(say("doctor").stdout, /user\.max_user_namespaces=0 prevents all from making any/);
    assert.is(testHost.sh("cat /proc/sys/user/max_user_namespaces").stdout, before);
  });

  jobs.run();
}

/** A file in each, and one that is a mount itself. */
function makeDeepMounts(): string {
  const make = (directory: string, file: string) =>
    `mkdir ${directory}; mount -t tmpfs -o mode=777 tmpfs ${directory}; touch ${directory}/${file}`;
  const file = `touch ${DEEP}/a/file; mount --bind /etc/hostname ${DEEP}/a/file`;
  return [make(DEEP, "deep"), make(`${DEEP}/a`, "deeper"), file, make(`${DEEP}/a/b`, "deepest")].join("; ");
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** All that it printed, when its output is closed. */
  readonly all: Promise<string>;
  until(text: string): Promise<void>;
}

function start(testHost: TestHost, user: OrdinaryUser, args: readonly string[]): Run {
  const words = [...testHost.enter, "--", ...user.drop, DYNUSER, ...args];
  const child = spawn("nsenter", words, { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  const ended = new Promise<number | null>((resolve) =>
    child.on("exit", (code, signal) => resolve(signal === "SIGTERM" ? 143 : code)),
  );
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.includes(text) && resolve();
      child.stdout!.on("data", look);
      child.on("close", () => reject(new Error(`ended before it printed ${text}: ${output}`)));
      look();
    });
  child.stdout!.on("data", (data) => {
    output += data;
  });
  const all = new Promise<string>((resolve) => child.stdout!.on("end", () => resolve(output)));
  return { child, ended, all, until };
}

/** Of the dynuser that runs `held`, in the test host's PID namespace. */
function pidOf(testHost: TestHost): string {
  return testHost.sh("pgrep -f 'dynuser run --name held'").stdout.trim().split("\n")[0]!;
}
