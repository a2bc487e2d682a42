import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMMANDS } from "../../src/commands/table.ts";
import { DYNUSER } from "../support/dynuser.ts";
import { withScratch } from "../support/scratch.ts";

const DOCS = join(import.meta.dirname, "../../docs");

function call(program: string, ...args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", HOME: "/" },
  });
  if (error !== undefined) throw error;
  return stdout + stderr;
}

for (const page of readdirSync(`${DOCS}/man`)) {
  test(`${page} is a manual page without a fault`, () => {
    assert.is(call("mandoc", "-T", "lint", "-W", "warning", `${DOCS}/man/${page}`), "");
  });
}

test("the manual tells of every command and of every option of run", () => {
  const text = (page: string) => call("mandoc", "-T", "utf8", `${DOCS}/man/${page}`).replaceAll(/.\x08/g, "");
  for (const { name } of COMMANDS) assert.ok(text("dynuser.1").includes(`dynuser ${name}`), name);
  const run = COMMANDS.find(({ name }) => name === "run")!;
  for (const { name } of run.options) assert.ok(text("dynuser-run.1").includes(`--${name}`), name);
});

test("the help of every command fits a screen", () => {
  for (const name of ["", ...COMMANDS.map((command) => command.name)]) {
    const { stdout, status } = spawnSync(DYNUSER, [...(name === "" ? [] : [name]), "--help"], { encoding: "utf8" });
    assert.is(status, 0, name);
    const lines = stdout.trimEnd().split("\n");
    assert.ok(lines.length <= 24, `${name}: ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 110, line);
  }
});

/** What bash offers after these words. */
function completeInBash(...words: readonly string[]): readonly string[] {
  const script = `source ${DOCS}/completion/dynuser.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dynuser; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return call("bash", "-c", script, "bash", "dynuser", ...words)
    .trimEnd()
    .split("\n");
}

test("bash completes commands, options, verbs, and the command to run", () => {
  assert.equal(completeInBash("do"), ["doctor"]);
  assert.equal(completeInBash("run", "--work"), ["--workspace"]);
  assert.equal(completeInBash("uid", "who"), ["whois"]);
  assert.ok(completeInBash("run", "-p", "A=b", "--", "unsha").includes("unshare"));
  assert.ok(completeInBash("run", "--unit", "/etc/passw").includes("/etc/passwd"));
});

test("fish completes commands and options", () => {
  withScratch((home) => {
    const complete = (line: string) => {
      const script = `source ${DOCS}/completion/dynuser.fish; complete -C '${line}'`;
      return call("env", `HOME=${home}`, "fish", "--no-config", "-c", script);
    };
    assert.match(complete("dynuser conv"), /^convert\t/);
    assert.match(complete("dynuser run --work"), /^--workspace/);
    assert.match(complete("dynuser state mig"), /^migrate/m);
  });
});

test("zsh completes commands and options", () => {
  withScratch((home) => {
    for (const [typed, wanted] of [
      ["dynuser conv", "convert"],
      ["dynuser run --work", "--workspace"],
    ] as const) {
      const script = `zmodload zsh/zpty; zpty shell 'HOME=${home} zsh -fi'
        zpty -w shell 'fpath=(${DOCS}/completion $fpath); autoload -Uz compinit; compinit -u -d ${home}/dump; PS1=; print ready'
        zpty -r shell output '*ready*ready*'
        zpty -w -n shell $'${typed}\\t'
        zpty -r -m shell output '*${wanted}*' && print "completed"
        zpty -d shell`;
      assert.match(spawnSync("timeout", ["20", "zsh", "-fc", script], { encoding: "utf8" }).stdout, /completed/, typed);
    }
  });
});

test("what is generated names no command that is not there", () => {
  const bash = readFileSync(`${DOCS}/completion/dynuser.bash`, "utf8");
  for (const { name } of COMMANDS) assert.ok(bash.includes(`    ${name}) options=`), name);
});

test.run();
