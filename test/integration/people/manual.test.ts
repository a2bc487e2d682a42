import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMMANDS } from "../../../src/cli/table.ts";
import type { Option } from "../../../src/console/options.ts";
import { RUN_OPTIONS } from "../../../src/run/request/options.ts";
import { DIST, DYNUSER } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

function call(program: string, ...args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { PATH: `${DIST}:/usr/bin:/bin`, HOME: "/" },
  });
  if (error !== undefined) throw error;
  return stdout + stderr;
}

for (const page of readdirSync(`${DOCS}/man`)) {
  test(`${page} is a manual page without a fault`, () => {
    assert.is(call("mandoc", "-T", "lint", "-W", "warning", `${DOCS}/man/${page}`), "");
  });
}

test("dynuser-run(1) has an entry for every option, with its short form", () => {
  const page = readFileSync(`${DOCS}/man/dynuser-run.1`, "utf8");
  for (const { name, short } of RUN_OPTIONS as readonly Option[]) {
    const entry = page
      .split("\n")
      .find((line) => line.startsWith(".It") && new RegExp(`Fl Fl ${name}( |$)`).test(line));
    assert.ok(entry, `--${name}`);
    if (short !== undefined) assert.match(entry, new RegExp(`^.It Fl ${short} ,`));
  }
});

test("dynuser(1) describes every command, subcommand and option", () => {
  const text = call("mandoc", "-T", "utf8", `${DOCS}/man/dynuser.1`).replaceAll(/.\x08/g, "");
  const own = (options: readonly Option[]) =>
    options.filter(({ name }) => RUN_OPTIONS.every((one) => one.name !== name));
  for (const command of COMMANDS) {
    assert.ok(text.includes(`dynuser ${command.name}`), command.name);
    for (const { name, options } of [command, ...(command.commands ?? [])]) {
      assert.ok(new RegExp(`\\b${name}\\b`).test(text), name);
      for (const option of own(options)) assert.ok(text.includes(`--${option.name}`), `${name} --${option.name}`);
    }
  }
});

test("every page of a program has FILES, EXIT STATUS or EXAMPLES, and SECURITY CONSIDERATIONS", () => {
  for (const page of ["dynuser.1", "dynuser-run.1"]) {
    const text = readFileSync(`${DOCS}/man/${page}`, "utf8");
    for (const section of ["ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SECURITY CONSIDERATIONS", "SEE ALSO"]) {
      assert.match(text, `.Sh ${section}\n`, `${page}: ${section}`);
    }
  }
});

test("the help of every command fits a screen", () => {
  for (const name of ["", ...COMMANDS.map((command) => command.name)]) {
    const { stdout, status } = spawnSync(DYNUSER, [...(name === "" ? [] : [name]), "--help"], { encoding: "utf8" });
    assert.is(status, 0, name);
    const lines = stdout.trimEnd().split("\n");
    assert.ok(lines.length <= 48, `${name}: ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 100, line);
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
  assert.equal(completeInBash("run", "--works"), ["--workspace"]);
  assert.equal(completeInBash("uid", "who"), ["whois"]);
  assert.equal(completeInBash("state", "clean", "--wh"), ["--what"]);
  assert.equal(completeInBash("runtime", "configure", "--eng"), ["--engine"]);
  assert.ok(completeInBash("run", "-p", "A=b", "--", "unsha").includes("unshare"));
  assert.ok(completeInBash("run", "--unit", "/etc/passw").includes("/etc/passwd"));
});

test("bash completes directives, profiles, engines and values", () => {
  assert.equal(completeInBash("run", "-p", "ProtectSys"), ["ProtectSystem="]);
  assert.equal(completeInBash("run", "--profile", "c"), ["ci"]);
  assert.equal(completeInBash("runtime", "configure", "--engine", "po"), ["podman"]);
  assert.equal(completeInBash("convert", "--to", "quad"), ["quadlet"]);
  assert.equal(completeInBash("run", "--network", "n"), ["none"]);
  assert.equal(completeInBash("directives", "StateDirectoryM"), ["StateDirectoryMode"]);
});

test("fish completes commands, options and values", () => {
  withScratch((home) => {
    const complete = (line: string) => {
      const script = `source ${DOCS}/completion/dynuser.fish; complete -C '${line}'`;
      return call("env", `HOME=${home}`, "fish", "--no-config", "-c", script);
    };
    assert.match(complete("dynuser conv"), /^convert\t/);
    assert.match(complete("dynuser run --works"), /^--workspace/);
    assert.match(complete("dynuser runtime configure --engine po"), /^podman/);
    assert.match(complete("dynuser run -p ProtectSys"), /^ProtectSystem=/);
    assert.match(complete("dynuser state mig"), /^migrate/m);
  });
});

test("zsh completes commands, options, values and the command to run", () => {
  withScratch((home) => {
    for (const [typed, wanted] of [
      ["dynuser conv", "convert"],
      ["dynuser run --works", "--workspace"],
      ["dynuser state cle", "clean"],
      ["dynuser runtime configure --engine po", "podman"],
      ["dynuser run -p ProtectSys", "ProtectSystem="],
      ["dynuser run -- unsha", "unshare"],
      ["dynuser run -- ls --recurs", "--recursive"],
    ] as const) {
      const script = `zmodload zsh/zpty; zpty shell 'PATH=${DIST}:$PATH HOME=${home} zsh -fi'
        zpty -w shell 'fpath=(${DOCS}/completion $fpath); autoload -Uz compinit; compinit -u -d ${home}/dump; PS1=; print ready'
        zpty -r shell output '*ready*ready*'
        zpty -w -n shell $'${typed}\\t'
        zpty -r -m shell output '*${wanted}*' && print "completed"
        zpty -d shell`;
      assert.match(spawnSync("timeout", ["20", "zsh", "-fc", script], { encoding: "utf8" }).stdout, /completed/, typed);
    }
  });
});

test("bash completion has a case for every command", () => {
  const bash = readFileSync(`${DOCS}/completion/dynuser.bash`, "utf8");
  for (const { name } of COMMANDS) assert.ok(bash.includes(`  '${name}') options=`), name);
});

test.run();
