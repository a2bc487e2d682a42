import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

const LITTLE = ["-p", "PrivateTmp=no", "-p", "DynamicUser=yes"];

test("settings that a command cannot run with are left out, all others are suggested", () => {
  withScratch((directory) => {
    const command = ["sh", "-c", "ls /home >/dev/null && [ $(id -u) != 0 ]"];
    const { code, output, errors } = dynuser(["analyze", "suggest", "--", ...command]);
    assert.is(code, 0, errors);
    assert.match(output, /^DynamicUser: yes$/m);
    assert.match(output, /^CapabilityBoundingSet: ""$/m);
    assert.match(output, /^ProtectHome: tmpfs$/m, "an empty /home is enough");
    assert.match(errors, /exposure \d+\.\d → \d+\.\d\n$/);

    writeFileSync(`${directory}/profile.yaml`, output);
    assert.is(dynuser(["run", "--profile", `${directory}/profile.yaml`, "--", ...command]).code, 0);
  });
});

test("a setting with which the check fails is not suggested", () => {
  withScratch((directory) => {
    const file = `${directory}/made`;
    const command = ["sh", "-c", `umask >${file}`];
    const settings = ["-p", `ReadWritePaths=${directory}`, "-p", "DynamicUser=no", "-p", "User=root"];
    const { code, output, errors } = dynuser([
      "analyze",
      "suggest",
      ...settings,
      "--check",
      `grep -q 22 ${file}`,
      "--",
      ...command,
    ]);
    assert.is(code, 0, errors);
    assert.not.match(output, /^UMask:/m);
    assert.match(output, /^ReadWritePaths: /m);
  });
});

test("an interrupted search prints what it has", async () => {
  const file = `/tmp/dynuser-test-suggest-${process.pid}`;
  const child = spawn(DYNUSER, ["analyze", "suggest", ...LITTLE, "--", "sh", "-c", "exec sleep 0.2"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    if (String(chunk).includes("run 1 passes")) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.is(code, 130);
  assert.match(output, /until it was interrupted/);
  assert.match(output, /^DynamicUser: yes$/m);
  assert.not(existsSync(file));
});

test("an upgrade that replaces the program does not fail the trials", () => {
  withScratch((directory) => {
    const program = `${directory}/dynuser`;
    copyFileSync(DYNUSER, program);
    const args = ["analyze", "suggest", "--check", `rm -f ${program}`, "--", "true"];
    const { stderr, status } = spawnSync(program, args, { encoding: "utf8" });
    assert.is(status, 0, stderr);
    assert.match(stderr, /run 2 passes/);
  });
});

for (const [title, args, error] of [
  ["no command", ["analyze", "suggest"], /missing operand: expected \[--\] COMMAND/],
  ["a command that always fails", ["analyze", "suggest", "--", "false"], /fails with DynamicUser=yes/],
  ["a time that is none", ["analyze", "suggest", "--timeout", "soon", "--", "true"], /"soon", expected seconds/],
  ["an unknown option", ["analyze", "suggest", "--nonsense", "--", "true"], /unknown option --nonsense/],
] as const) {
  test(`one error is printed: ${title}`, () => {
    const { code, errors } = dynuser(args);
    assert.is(code, 125);
    assert.match(errors, error);
    assert.not.match(errors, /internal error/);
  });
}

test("a command that hangs has not passed", () => {
  const { code, errors } = dynuser(["analyze", "suggest", "--timeout", "1", "--", "sleep", "30"]);
  assert.is(code, 125);
  assert.match(errors, /fails with DynamicUser=yes/);
});

test.run();
