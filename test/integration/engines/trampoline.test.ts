import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openTestHost, type Result, type TestHost } from "../../support/hosts/testHost.ts";

const ID = "c1";
const HELD = "/run/dynuser/containers/run:crun:c1";
const PLAIN = '{"ociVersion":"1.0.2","annotations":{"a":"b"}}';
const ASKING = '{"ociVersion":"1.0.2","annotations":{"dynuser/DynamicUser":"yes"}}';

/** What the binary answers, and what the script makes of it. */
const CANONICAL = "create '--bundle=/it'\\''s here' '' -- c1";
const CANONICAL_WORDS = ["create", "--bundle=/it's here", "", "--", "c1"];

interface Stage {
  readonly testHost: TestHost;
  readonly directory: string;
}

const trampoline = suite<Stage>("trampoline");

/** Real shell, pretended runtimes and binary: both write down how they were called. */
trampoline.before(async (stage) => {
  const testHost = await openTestHost();
  const { directory } = testHost;
  Object.assign(stage, { testHost, directory });
  mkdirSync(join(directory, "libexec"));
  for (const name of ["crun", "runc", "kata"]) {
    copyFileSync(join(import.meta.dirname, "../../../libexec/dynuser"), join(directory, "libexec", name));
    chmodSync(join(directory, "libexec", name), 0o755);
  }
  const record = `printf '%s\\n' "$@" >"${directory}/NAME.args"; /usr/bin/env >"${directory}/NAME.env"; readlink /proc/$$/fd/0 >"${directory}/NAME.input"; ls /proc/self/fd >"${directory}/NAME.fds"`;
  const program = (name: string, then: string) => {
    writeFileSync(join(directory, name), `#!/bin/sh\n${record.replaceAll("NAME", name)}\n${then}\n`);
    chmodSync(join(directory, name), 0o755);
  };
  program("runtime", `echo out; echo err >&2; exit $(cat ${directory}/runtime.status 2>/dev/null || echo 0)`);
  program(
    "dynuser",
    `[ "$1" != prepare ] || echo "$(cat ${directory}/dynuser.answer 2>/dev/null || echo own-input) ${CANONICAL}"; exit $(cat ${directory}/dynuser.status 2>/dev/null || echo 0)`,
  );
  for (const path of ["/usr/bin/crun", "/usr/sbin/runc"]) testHost.sh(`mount --bind ${directory}/runtime ${path}`);
});

trampoline.before.each(({ testHost, directory }) => {
  for (const name of ["runtime", "dynuser"]) {
    for (const suffix of ["args", "env", "input", "answer", "fds", "status"])
      rmSync(join(directory, `${name}.${suffix}`), { force: true });
  }
  rmSync(join(directory, "log"), { force: true });
  writeFileSync(join(directory, "config.json"), PLAIN);
  testHost.sh("rm -rf /run/dynuser /etc/dynuser");
});

trampoline.after(({ testHost }) => testHost.close());

trampoline("other verbs go to the runtime as they are", (stage) => {
  for (const args of [
    ["--version"],
    ["state", ID],
    ["features"],
    ["--root=/r", "kill", ID, "9"],
    ["delete", "-f", ID],
  ]) {
    const result = call(stage, "crun", args);
    assert.equal(result, { status: 0, stdout: "out\n", stderr: "err\n" }, args.join(" "));
    assert.equal(calledWith(stage, "runtime"), args);
  }
  assert.not(calledWith(stage, "dynuser"));
});

trampoline("the runtime's own exit status is the caller's", (stage) => {
  writeFileSync(join(stage.directory, "runtime.status"), "7");
  assert.is(call(stage, "runc", ["state", ID]).status, 7);
});

trampoline("a container that asks for nothing is created without our binary", (stage) => {
  for (const args of [
    ["create", "--bundle", stage.directory, ID],
    ["--log", "x", "--log-format=json", "--root", "create", "create", "-b", stage.directory, "create"],
    ["create", ID],
  ]) {
    assert.is(call(stage, "crun", args).status, 0);
    assert.equal(calledWith(stage, "runtime"), args);
    assert.not(calledWith(stage, "dynuser"));
  }
});

trampoline("a container with an annotation is prepared, then created with the binary's words", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  for (const args of [
    ["--systemd-cgroup", "--log=x", "create", `--bundle=${stage.directory}`, "--pid-file", "a b", ID],
    ["run", "-b", stage.directory, ID],
    ["restore", "--bundle", stage.directory, ID],
  ]) {
    assert.is(call(stage, "crun", args).status, 0);
    assert.equal(calledWith(stage, "dynuser"), ["prepare", "--runtime", "/usr/bin/crun", "--", ...args]);
    assert.equal(calledWith(stage, "runtime"), CANONICAL_WORDS);
  }
});

trampoline("a config that cannot be read is left to the binary", (stage) => {
  rmSync(join(stage.directory, "config.json"));
  call(stage, "crun", ["create", ID]);
  assert.ok(calledWith(stage, "dynuser"));
});

trampoline("an annotation written with escapes is not overlooked", (stage) => {
  for (const key of ["dynuser\\/User", "\\u0064ynuser/User", "dynuser\\u002fUser", "dyn\\u0075ser/User"]) {
    writeFileSync(
      join(stage.directory, "config.json"),
      JSON.stringify({ annotations: { KEY: "x" } }).replace("KEY", key),
    );
    call(stage, "crun", ["create", ID]);
    assert.ok(calledWith(stage, "dynuser"), key);
    rmSync(join(stage.directory, "dynuser.args"));
  }
});

trampoline("what one runtime could read otherwise than the other is left to the binary", (stage) => {
  for (const args of [
    ["--new", "create", ID],
    ["create", "--bun", stage.directory, ID],
    ["create", "-bx", ID],
    ["create", "-b=x", ID],
    ["create", "-bundle", ID],
    ["create", ID, "-b", stage.directory],
    ["create", "--bundle", "", ID],
    ["create", "--bundle", "-x", ID],
    ["create", "--bundle=-x", ID],
    ["create", "--bundle"],
    ["create", "-f", "config.json", ID],
    ["run", "--help", ID],
    ["create", ".", ID],
    ["create", "-", ID],
    ["create", "--", ID],
    ["exec", "-td", ID, "sh"],
    ["exec", "./c2", "sh"],
    ["exec", "../crun/c2", "sh"],
    ["exec", "--tty=no", "c2", "sh"],
    ["mounts", "add", "c2", "file"],
    ["--", "create", ID],
    ["--root=", "create", ID],
  ]) {
    call(stage, "crun", args);
    assert.ok(calledWith(stage, "dynuser"), args.join(" "));
    rmSync(join(stage.directory, "dynuser.args"));
  }
});

const CONFIGURE = "mkdir -p /etc/dynuser; echo 'engines: {}' >/etc/dynuser/config.yaml";
const HARMLESS = "/run/dynuser/cache/harmless.yaml";

trampoline("a configuration that our binary has found to have no default profile starts it no more", (stage) => {
  stage.testHost.sh(`${CONFIGURE}; mkdir -p /run/dynuser/cache; cp /etc/dynuser/config.yaml ${HARMLESS}`);
  call(stage, "crun", ["create", ID]);
  assert.not(calledWith(stage, "dynuser"));
});

trampoline("any other configuration is read by our binary, whatever words are in it", (stage) => {
  for (const script of [
    "",
    `mkdir -p /run/dynuser/cache; echo 'engines: {} ' >${HARMLESS}`,
    `cp /etc/dynuser/config.yaml ${HARMLESS}; echo 'engines: {podman: {defaultProfle: web}}' >/etc/dynuser/config.yaml`,
    `cp /etc/dynuser/config.yaml ${HARMLESS}; mount --bind /dev/null /usr/bin/cmp`,
  ]) {
    stage.testHost.sh(`${CONFIGURE}; ${script}`);
    const { stderr } = call(stage, "crun", ["create", ID]);
    stage.testHost.sh("umount /usr/bin/cmp");
    assert.ok(calledWith(stage, "dynuser"), script);
    assert.is(stderr, "err\n");
    rmSync(join(stage.directory, "dynuser.args"));
  }
});

trampoline("exec and update of an ID that is held are left to the binary, whatever the root", (stage) => {
  stage.testHost.sh(`mkdir -p ${HELD}`);
  for (const args of [
    ["exec", "--process", "p", ID],
    ["--root", "/run/crun/", "exec", "-e", "exec", ID, "sh", "-c", "x"],
    ["--root=/run//./crun", "exec", "--detach", ID, "sh"],
    ["--root", "/run/other", "exec", ID, "sh"],
    ["update", "--memory", "1", ID],
  ]) {
    call(stage, "crun", args);
    assert.equal(calledWith(stage, "dynuser")?.slice(4), args);
    rmSync(join(stage.directory, "dynuser.args"));
  }
  for (const args of [
    ["exec", "c2", "sh"],
    ["exec", "c2", ID],
    ["update", "--memory", "1", "c2"],
  ]) {
    call(stage, "crun", args);
    assert.not(calledWith(stage, "dynuser"));
  }
});

trampoline("delete of a container that is held releases it after the runtime, once its directory has gone", (stage) => {
  stage.testHost.sh(`mkdir -p ${HELD} /run/crun/${ID}; ln -s /run/crun/${ID} ${HELD}/runtime`);
  call(stage, "crun", ["delete", "--force", ID]);
  assert.not(calledWith(stage, "dynuser"));
  stage.testHost.sh(`rmdir /run/crun/${ID}`);
  const result = call(stage, "crun", ["delete", "--force", ID]);
  assert.equal(result, { status: 0, stdout: "out\n", stderr: "err\n" });
  assert.equal(calledWith(stage, "dynuser"), ["release", "run:crun:c1"]);
});

trampoline("a delete that fails releases nothing and keeps its status", (stage) => {
  stage.testHost.sh(`mkdir -p ${HELD}; ln -s /run/crun/${ID} ${HELD}/runtime`);
  writeFileSync(join(stage.directory, "runtime.status"), "3");
  assert.is(call(stage, "crun", ["delete", ID]).status, 3);
  assert.not(calledWith(stage, "dynuser"));
});

trampoline("the binary sees nothing of the environment of the caller, and no open files", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  const env = { BUN_OPTIONS: "--preload=/x", LD_X: "1", XDG_RUNTIME_DIR: "/run/user/0", HOME: "/x" };
  stage.testHost.sh(`exec 3</dev/null 4</dev/null 9</dev/null; ${stage.directory}/libexec/crun create ${ID}`, { env });
  const lines = readFileSync(join(stage.directory, "dynuser.env"), "utf8").trim().split("\n");
  const names = lines
    .map((line) => line.split("=")[0])
    .filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name!));
  assert.equal(names, ["PATH"]);
  assert.equal(readFileSync(join(stage.directory, "dynuser.fds"), "utf8").split("\n").includes("9"), false);
  assert.ok(readFileSync(join(stage.directory, "runtime.env"), "utf8").includes("LD_X=1"));
  assert.ok(readFileSync(join(stage.directory, "runtime.fds"), "utf8").split("\n").includes("9"));
});

trampoline("works with an empty environment", ({ testHost, directory }) => {
  const result = testHost.sh(`exec env -i ${directory}/libexec/crun kill ${ID} 9`);
  assert.equal(result, { status: 0, stdout: "out\n", stderr: "err\n" });
});

trampoline("what the binary has reported is not reported again", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  writeFileSync(join(stage.directory, "dynuser.status"), "125");
  assert.equal(call(stage, "crun", ["--log", "log", "create", ID]), { status: 1, stdout: "", stderr: "" });
  assert.not(existsSync(join(stage.directory, "log")));
  assert.not(calledWith(stage, "runtime"));
});

trampoline("a runtime gets an empty pipe for the host's null device where the binary says so", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  for (const [answer, input] of [
    ["pipe-for-null", /^pipe:/],
    ["own-input", /^\/dev\/null$/m],
  ] as const) {
    writeFileSync(join(stage.directory, "dynuser.answer"), answer);
    assert.is(stage.testHost.sh(`libexec/crun create ${ID} </dev/null`).status, 0);
    assert.match(readFileSync(join(stage.directory, "runtime.input"), "utf8"), input);
  }
});

trampoline("a binary that dies is reported once, in the engine's log format and on stderr", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  writeFileSync(join(stage.directory, "dynuser.status"), "139");
  const result = call(stage, "crun", ["--log=log", "--log-format", "json", "create", ID]);
  assert.is(result.status, 1);
  const { level, msg, time } = JSON.parse(readFileSync(join(stage.directory, "log"), "utf8"));
  assert.is(level, "error");
  assert.is(`${msg}\n`, result.stderr);
  assert.match(msg, /^dynuser: cannot create container: .* status 139/);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.not(calledWith(stage, "runtime"));
});

trampoline("a missing binary stops what concerns us and nothing else", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  const moved = (script: string) =>
    stage.testHost.sh(`mv dynuser away; ${script}; status=$?; mv away dynuser; exit $status`);
  assert.is(moved(`libexec/crun create ${ID}`).status, 1);
  assert.not(calledWith(stage, "runtime"));
  assert.is(moved(`libexec/crun kill ${ID} 9`).status, 0);
});

trampoline("no answer of a binary that says that all went well calls nothing", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  const silent = `sed -i 's/|| echo .*; exit/|| true; exit/' dynuser`;
  const { status, stderr } = stage.testHost.sh(
    `cp -a dynuser kept; ${silent}; libexec/crun create ${ID}; status=$?; mv kept dynuser; exit $status`,
  );
  assert.is(status, 1);
  assert.match(stderr, "dynuser: cannot create container: dynuser prepare gave no words to call crun with");
  assert.not(calledWith(stage, "runtime"));
});

trampoline("a name that stands for no runtime is refused", (stage) => {
  const { status, stderr } = call(stage, "kata", ["create", ID]);
  assert.is(status, 1);
  assert.match(stderr, "this file is called kata, expected crun, runc or call");
});

trampoline.run();

function call({ testHost, directory }: Stage, name: string, args: readonly string[]): Result {
  return testHost.run([join(directory, "libexec", name), ...args]);
}

function calledWith({ directory }: Stage, name: string): readonly string[] | undefined {
  const path = join(directory, `${name}.args`);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
