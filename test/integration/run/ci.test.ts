import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { RunResult } from "../../../src/run/resultFile.ts";
import { DYNUSER, dynuser, RUNTIMES, startDynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

const CALLER = 1234;

/** `dynuser run` of a shell script in a workspace that belongs to a caller is not root. */
function inWorkspace(
  use: (directory: string, run: (script: string, ...options: readonly string[]) => Ran) => void,
): void {
  withScratch((scratch) => {
    const directory = `${scratch}/work`;
    mkdirSync(directory);
    writeFileSync(`${directory}/source`, "text");
    for (const path of [directory, `${directory}/source`]) chownSync(path, CALLER, CALLER);
    const options = ["--profile", "ci", "--name", "dynuser-ci", "--workspace", directory];
    use(directory, (script, ...more) => dynuser(["run", ...options, ...more, "--", "sh", "-c", script]));
  });
}

type Ran = ReturnType<typeof dynuser>;

test("files of a workspace keep the caller as their owner", () => {
  inWorkspace((directory, run) => {
    const { code, output, errors } = run("pwd; stat -c %U source; echo more >>source; mkdir -p made/below; id -un");
    assert.is(code, 0, errors);
    assert.is(output, `${directory}\ndynuser-ci\ndynuser-ci\n`);
    assert.is(readFileSync(`${directory}/source`, "utf8"), "textmore\n");
    for (const name of ["source", "made", "made/below"]) assert.is(statSync(`${directory}/${name}`).uid, CALLER, name);
  });
});

test("two runs of profile ci at once share no user, no process and no IPC object", async () => {
  const args = ["run", "--profile", "ci", "--", "sh", "-c"];
  const look = "id -u; readlink /proc/self/ns/pid /proc/self/ns/ipc; ls -d /proc/[0-9]* | wc -l; echo end; exec cat";
  const runs = [0, 1].map(() => startDynuser([...args, look]));
  const seen = (await Promise.all(runs.map((one) => one.until("end\n")))).map((text) => text.split("\n"));
  const host = ["pid", "ipc"].map((name) => readlinkSync(`/proc/self/ns/${name}`));
  assert.is(new Set([...seen.flatMap((lines) => lines.slice(0, 3)), ...host]).size, 8);
  for (const lines of seen) assert.ok(Number(lines[3]) < 6, lines[3]);
  for (const one of runs) one.process.stdin!.end();
  assert.equal(await Promise.all(runs.map((one) => one.ended)), [0, 0]);
});

test("an interrupt and a stop end the first process of a PID namespace, which has no handler", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const started = startDynuser(["run", "--profile", "ci", "--", "cat"]);
    started.process.stdin!.write("ready");
    await started.until("ready");
    process.kill(started.pid, signal);
    assert.is(await started.ended, 137, signal);
  }
  const script = 'trap "exit 9" INT; echo ready; while :; do sleep 0.01; done';
  const handled = startDynuser(["run", "--profile", "ci", "--", "sh", "-c", script]);
  await handled.until("ready");
  process.kill(handled.pid, "SIGINT");
  assert.is(await handled.ended, 9);
});

test("programs in the workspace are executable, and set-user-ID bits have no effect", () => {
  inWorkspace((_directory, run) => {
    const script = "cp /usr/bin/id . && chmod u+s id 2>/dev/null; ./id -u; grep ' '$PWD' ' /proc/self/mountinfo";
    const { output } = run(script);
    assert.match(output, /^6\d{4}\n/);
    assert.match(output, /nosuid,nodev/);
    assert.not.match(output, /noexec/);
  });
});

test("--network none leaves a loopback device alone", () => {
  inWorkspace((_directory, run) => {
    assert.is(
      run("ls /sys/class/net /proc/self/net/dev >/dev/null; grep -c : /proc/net/dev", "--network=none").output,
      "1\n",
    );
    assert.match(
      run("true", "--network=bridge").errors,
      /cannot read --network: found "bridge", expected host, none or private/,
    );
  });
});

test("profile ci grants no writable host path, no capability and no view of other processes", () => {
  inWorkspace((_directory, run) => {
    const script =
      "grep CapBnd /proc/self/status; ls -d /proc/[0-9]* | wc -l; touch /etc/x /usr/x /var/x /home/x 2>&1 | wc -l; ls /dev/vda /dev/kmsg 2>&1 | wc -l";
    const [bounding, processes = "", refused] = run(script).output.split("\n");
    assert.is(bounding, "CapBnd:\t0000000000000000");
    assert.ok(Number(processes) < 6, processes);
    assert.is(refused, "4");
  });
});

test("--result has the exit status and the resource usage", () => {
  inWorkspace((directory, run) => {
    const result = (): RunResult => JSON.parse(readFileSync(`${directory}/../result.json`, "utf8"));
    const option = `--result=${directory}/../result.json`;
    assert.is(run("head -c 20000000 /dev/zero | tail -c 10000000 >/dev/null; exit 3", option).code, 3);
    const { exitCode, result: word, user, uid, cpuSeconds, memoryPeakBytes, oomKills, limitsHit, signal } = result();
    assert.equal([exitCode, word, user, signal, oomKills, limitsHit], [3, "exit-code", "dynuser-ci", undefined, 0, []]);
    assert.ok(uid! >= 61184 && cpuSeconds! > 0 && memoryPeakBytes! > 10_000_000);
    assert.is(run("kill -9 $$", option, "-p", "PrivatePIDs=no").code, 137);
    assert.equal([result().exitCode, result().signal, result().result], [137, "SIGKILL", "signal"]);
  });
});

for (const runtime of RUNTIMES) {
  const run = (...args: readonly string[]) => {
    const { code, output, errors } = dynuser(["run", "--runtime", runtime, "--result", "-", ...args]);
    return { code, errors, ...(JSON.parse(output.slice(output.indexOf("{"))) as RunResult) };
  };
  const EAT = `perl -e '$x = "x" x 200000000'`;

  test(`a run out of memory is stopped, and the result and standard error say oom-kill (${runtime})`, () => {
    const limit = ["-p", "MemoryMax=64M"];
    for (const [script, ...more] of [
      [`${EAT}; echo survived`],
      [`exec ${EAT}`],
      [`${EAT}; sleep 1000`, "-p", "OOMPolicy=kill"],
    ]) {
      const { code, result, verdict, limitsHit, errors } = run(...limit, ...more, "--", "sh", "-c", script!);
      assert.equal([code, result, verdict], [137, "oom-kill", "oom-kill"], script);
      assert.ok(limitsHit?.includes("memory"));
      assert.match(errors, "the kernel killed one of its processes for want of memory (oom-kill)");
    }
    const { code, result } = run(...limit, "-p", "OOMPolicy=continue", "--", "sh", "-c", `${EAT}; exit 0`);
    assert.equal([code, result], [0, "success"]);
  });

  test(`the verdict names a timeout, a limit, a signal and an exit code (${runtime})`, () => {
    const late = run("-p", "RuntimeMaxSec=200ms", "--", "sleep", "1000");
    assert.equal([late.result, late.verdict, late.limitsHit], ["timeout", "timeout", ["runtime"]]);
    assert.is(run("-p", "LimitCPU=1:3", "--", "sh", "-c", "while :; do :; done").verdict, "limit");
    const interrupted = run("--", "sh", "-c", "kill -INT $$");
    assert.equal([interrupted.code, interrupted.result, interrupted.verdict], [130, "signal", "signal"]);
    assert.is(run("--", "false").verdict, "exit-code");
    assert.is(run("--", "true").verdict, "success");
  });

  test(`--status-fd reports the start and the end (${runtime})`, () => {
    const { output } = dynuser([
      "run",
      "--runtime",
      runtime,
      "--status-fd",
      "1",
      "--name",
      "dynuser-ci",
      "--",
      "sh",
      "-c",
      "exit 3",
    ]);
    const [started, ended] = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(
      [started!["event"], started!["user"], Number(started!["uid"]) >= 61184],
      ["started", "dynuser-ci", true],
    );
    assert.equal(ended, { event: "ended", exitCode: 3, result: "exit-code", verdict: "exit-code" });
    assert.is(dynuser(["run", "--status-fd", "77", "--", "true"]).code, 125);
  });
}

test("a wrong --result or --workspace is refused before the command starts", () => {
  inWorkspace((directory, run) => {
    const { code, errors, output } = run("echo ran", "--result=/nowhere/result");
    assert.equal([code, output], [125, ""]);
    assert.match(
      errors,
      /^dynuser: cannot write --result \/nowhere\/result: open \/nowhere\/result: No such file or directory\n$/,
    );
    const full = run("true", "--result=/dev/full");
    assert.equal(
      [full.code, full.errors],
      [125, "dynuser: cannot write --result /dev/full: write: No space left on device\n"],
    );
    const wrong = dynuser(["run", "--workspace", `${directory}/source`, "--", "echo", "ran"]);
    assert.equal([wrong.code, wrong.output], [125, ""]);
    assert.match(wrong.errors, /cannot work in ".*source": found no directory there, expected one \(--workspace\)/);
  });
});

test("what refuses a run is in the place of an older result, and the last line of --status-fd", () => {
  inWorkspace((directory, run) => {
    const file = `${directory}/../result.json`;
    const refusals: readonly (readonly [option: string, message: RegExp])[] = [
      ["--property=ProtectSystem=bogus", /^cannot read ProtectSystem=: found "bogus"/],
      ["--property=SystemCallFilter=@nonsense", /@nonsense/],
      ["--workspace=/nowhere", /^cannot work in "\/nowhere"/],
      ["--runtime=/bin/true", /\/bin\/true/],
      ["--profile=/nowhere.yaml", /nowhere\.yaml/],
      ["--network=bogus", /--network/],
      ["--rootfs=/nowhere", /nowhere/],
      ["--unit=/nowhere.service", /nowhere/],
      ["--workspaces=.", /^unknown option "?--workspaces/],
    ];
    for (const [option, message] of refusals) {
      writeFileSync(file, '{ "exitCode": 0 }');
      const { code, output, errors } = run("echo ran", `--result=${file}`, "--status-fd=1", option);
      const { exitCode, result, verdict, message: found } = JSON.parse(readFileSync(file, "utf8")) as RunResult;
      assert.equal([code, exitCode, result, verdict], [125, 125, "resources", "failure"], option);
      assert.match(found!, message);
      assert.ok(errors.includes(`dynuser: ${found!.split("\n").at(-1)}\n`), errors);
      assert.equal(JSON.parse(output), { event: "ended", exitCode, result, verdict, message: found });
    }
  });
});

test("a start that a condition of the unit skips has a result that says so", () => {
  withScratch((directory) => {
    const [unit, file] = [`${directory}/skipped.service`, `${directory}/result.json`];
    writeFileSync(unit, "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=true\n");
    assert.is(dynuser(["run", "--unit", unit, "--result", file]).code, 0);
    const { exitCode, verdict, message } = JSON.parse(readFileSync(file, "utf8")) as RunResult;
    assert.equal([exitCode, verdict], [0, "success"]);
    assert.match(message!, /^not started: the condition ConditionPathExists=\/nowhere .* is not met$/);
  });
});

test("without ID-mapped mounts the run has the ID of the workspace's owner, but never root's", () => {
  inWorkspace((directory, run) => {
    const { code, output, errors } = run("id -un; touch made; stat -c %U made; ls -A /home", "--runtime=runc");
    assert.is(code, 0, errors);
    assert.is(output, "dynuser-ci\ndynuser-ci\n");
    assert.is(statSync(`${directory}/made`).uid, CALLER);
    chownSync(directory, 0, 0);
    const refused = run("true", "--runtime=runc");
    assert.is(refused.code, 125);
    assert.match(refused.errors, /found root's files and runc 1\.1\.\d+, which cannot show them with other owners/);
  });
});

test("several workspaces, .git that stays, and changes that do not", () => {
  inWorkspace((directory, run) => {
    for (const name of ["other", "other/.git", "work/.git"]) {
      mkdirSync(`${directory}/../${name}`);
      chownSync(`${directory}/../${name}`, CALLER, CALLER);
    }
    const other = `--workspace=${directory}/../other`;
    const script = `touch ../other/made && for d in . ../other; do touch $d/.git/x 2>/dev/null || echo kept; done`;
    assert.is(run(script, other, "--protect-git").output, "kept\nkept\n");
    assert.is(statSync(`${directory}/../other/made`).uid, CALLER);
    assert.is(run("touch new; rm source; ls", other, "--discard").output, "new\n");
    assert.equal(readdirSync(directory).sort(), [".git", "source"]);
  });
});

for (const [file, stepOf] of [
  ["github.yml", (job: Job) => job.steps!.find(({ name }) => name === "check")!.run!],
  ["gitlab.yml", (job: Job) => job.script![0]!],
] as const) {
  test(`the example ${file} checks a workspace`, () => {
    inWorkspace((directory) => {
      writeFileSync(`${directory}/Makefile`, "check:\n\tid -un >who\n");
      const text = readFileSync(join(import.meta.dirname, "../../../examples/ci", file), "utf8");
      const { jobs, check } = parse(text) as { readonly jobs?: { readonly check: Job }; readonly check?: Job };
      const command = stepOf(jobs?.check ?? check!)
        .replace("sudo --preserve-env=CI ", "")
        .replace(/\s+/g, " ");
      const env = { PATH: `${dirname(DYNUSER)}:/usr/sbin:/usr/bin:/sbin:/bin` };
      const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: directory, encoding: "utf8", env });
      assert.is(status, 0, stderr);
      assert.match(readFileSync(`${directory}/who`, "utf8"), /^run-[0-9a-f]{16}\n$/);
      assert.is(JSON.parse(readFileSync(`${directory}/result.json`, "utf8")).result, "success");
    });
  });
}

interface Job {
  readonly steps?: readonly { readonly name?: string; readonly run?: string }[];
  readonly script?: readonly string[];
}

test.run();
