import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { RunResult } from "../../src/commands/run/resultFile.ts";
import { DYNUSER, dynuser } from "../support/dynuser.ts";
import { withScratch } from "../support/scratch.ts";

const CALLER = 1234;

/** `dynuser run` of a shell script in a workspace that belongs to a caller who is not root. */
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

test("in a workspace a throw-away user works on the caller's files, and they stay the caller's", () => {
  inWorkspace((directory, run) => {
    const { code, output, errors } = run("pwd; stat -c %U source; echo more >>source; mkdir -p made/below; id -un");
    assert.is(code, 0, errors);
    assert.is(output, `${directory}\ndynuser-ci\ndynuser-ci\n`);
    assert.is(readFileSync(`${directory}/source`, "utf8"), "textmore\n");
    for (const name of ["source", "made", "made/below"]) assert.is(statSync(`${directory}/${name}`).uid, CALLER, name);
  });
});

test("programs in the workspace can be executed, and set-user-ID bits mean nothing", () => {
  inWorkspace((_directory, run) => {
    const script = "cp /usr/bin/id . && chmod u+s id 2>/dev/null; ./id -u; grep ' '$PWD' ' /proc/self/mountinfo";
    const { output } = run(script);
    assert.match(output, /^6\d{4}\n/);
    assert.match(output, /nosuid,nodev/);
    assert.not.match(output, /noexec/);
  });
});

test("without network there is nothing but a loopback", () => {
  inWorkspace((_directory, run) => {
    assert.is(
      run("ls /sys/class/net /proc/self/net/dev >/dev/null; grep -c : /proc/net/dev", "--network=none").output,
      "1\n",
    );
    assert.match(
      run("true", "--network=bridge").errors,
      /cannot read --network: found "bridge", expected host or none/,
    );
  });
});

test("the profile leaves nothing of the host writable, no capabilities and no processes of others", () => {
  inWorkspace((_directory, run) => {
    const script =
      "grep CapBnd /proc/self/status; ls -d /proc/[0-9]* | wc -l; touch /etc/x /usr/x /var/x /home/x 2>&1 | wc -l; ls /dev/vda /dev/kmsg 2>&1 | wc -l";
    const [bounding, processes = "", refused] = run(script).output.split("\n");
    assert.is(bounding, "CapBnd:\t0000000000000000");
    assert.ok(Number(processes) < 6, processes);
    assert.is(refused, "4");
  });
});

test("the result tells how it ended and what it used", () => {
  inWorkspace((directory, run) => {
    const result = (): RunResult => JSON.parse(readFileSync(`${directory}/../result.json`, "utf8"));
    const option = `--result=${directory}/../result.json`;
    assert.is(run("head -c 20000000 /dev/zero | tail -c 10000000 >/dev/null; exit 3", option).code, 3);
    const { exitCode, result: word, user, uid, cpuSeconds, memoryPeakBytes, oomKills, limitsHit, signal } = result();
    assert.equal([exitCode, word, user, signal, oomKills, limitsHit], [3, "exit-code", "dynuser-ci", undefined, 0, []]);
    assert.ok(uid! >= 61184 && cpuSeconds! > 0 && memoryPeakBytes! > 10_000_000);
    assert.is(run("kill -9 $$", option).code, 137);
    assert.equal([result().exitCode, result().signal, result().result], [137, "SIGKILL", "signal"]);
  });
});

test("a result that cannot be written and a workspace that is none are told before anything runs", () => {
  inWorkspace((directory, run) => {
    const { code, errors, output } = run("echo ran", "--result=/nowhere/result");
    assert.equal([code, output], [125, ""]);
    assert.match(errors, /^dynuser: cannot write --result \/nowhere\/result: the kernel says ENOENT \(open\)\n$/);
    const wrong = dynuser(["run", "--workspace", `${directory}/source`, "--", "echo", "ran"]);
    assert.equal([wrong.code, wrong.output], [125, ""]);
    assert.match(wrong.errors, /cannot work in ".*source": found no directory there, expected one \(--workspace\)/);
  });
});

test("a runtime that cannot show files with other owners is refused with what to use", () => {
  inWorkspace((_directory, run) => {
    const { code, errors } = run("true", "--runtime=runc");
    assert.is(code, 125);
    assert.match(errors, /found runc 1\.1\.\d+, which cannot show files with other owners, expected crun 1\.8\.1/);
  });
});

for (const [file, stepOf] of [
  ["github.yml", (job: Job) => job.steps!.find(({ name }) => name === "check")!.run!],
  ["gitlab.yml", (job: Job) => job.script![0]!],
] as const) {
  test(`the example ${file} checks a workspace`, () => {
    inWorkspace((directory) => {
      writeFileSync(`${directory}/Makefile`, "check:\n\tid -un >who\n");
      const text = readFileSync(join(import.meta.dirname, "../../examples/ci", file), "utf8");
      const { jobs, check } = parse(text) as { readonly jobs?: { readonly check: Job }; readonly check?: Job };
      const command = stepOf(jobs?.check ?? check!)
        .replace("sudo ", "")
        .replace(/\s+/g, " ");
      const env = { PATH: `${dirname(DYNUSER)}:/usr/sbin:/usr/bin:/sbin:/bin` };
      const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: directory, encoding: "utf8", env });
      assert.is(status, 0, stderr);
      assert.is(readFileSync(`${directory}/who`, "utf8"), "make\n");
      assert.is(JSON.parse(readFileSync(`${directory}/result.json`, "utf8")).result, "success");
    });
  });
}

interface Job {
  readonly steps?: readonly { readonly name?: string; readonly run?: string }[];
  readonly script?: readonly string[];
}

test.run();
