import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type Result, type World } from "../support/world.ts";

const ID = "c1";
const HELD = "/run/dynuser/containers/run:crun:c1";
const PLAIN = '{"ociVersion":"1.0.2","annotations":{"a":"b"}}';
const ASKING = '{"ociVersion":"1.0.2","annotations":{"dynuser/DynamicUser":"yes"}}';

interface Stage {
  readonly world: World;
  readonly directory: string;
}

const trampoline = suite<Stage>("trampoline");

/** Real shell, pretended runtimes and binary: both write down how they were called. */
trampoline.before(async (stage) => {
  const world = await openWorld();
  const { directory } = world;
  Object.assign(stage, { world, directory });
  mkdirSync(join(directory, "libexec"));
  for (const name of ["crun", "runc", "kata"]) {
    copyFileSync(join(import.meta.dirname, "../../libexec/dynuser"), join(directory, "libexec", name));
    chmodSync(join(directory, "libexec", name), 0o755);
  }
  const record = `printf '%s\\n' "$@" >"${directory}/NAME.args"; /usr/bin/env >"${directory}/NAME.env"; readlink /proc/$$/fd/0 >"${directory}/NAME.input"; ls /proc/self/fd >"${directory}/NAME.fds"`;
  const program = (name: string, then: string) => {
    writeFileSync(join(directory, name), `#!/bin/sh\n${record.replaceAll("NAME", name)}\n${then}\n`);
    chmodSync(join(directory, name), 0o755);
  };
  program("runtime", `echo out; echo err >&2; exit $(cat ${directory}/runtime.status 2>/dev/null || echo 0)`);
  program("dynuser", `exit $(cat ${directory}/dynuser.status 2>/dev/null || echo 0)`);
  for (const path of ["/usr/bin/crun", "/usr/sbin/runc"]) world.sh(`mount --bind ${directory}/runtime ${path}`);
});

trampoline.before.each(({ world, directory }) => {
  for (const name of ["runtime", "dynuser"]) {
    for (const suffix of ["args", "env", "input", "fds", "status"])
      rmSync(join(directory, `${name}.${suffix}`), { force: true });
  }
  rmSync(join(directory, "log"), { force: true });
  writeFileSync(join(directory, "config.json"), PLAIN);
  world.sh("rm -rf /run/dynuser /etc/dynuser");
});

trampoline.after(({ world }) => world.close());

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

trampoline("a container with an annotation is prepared, then created with the caller's own arguments", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  for (const args of [
    ["--systemd-cgroup", "--log=x", "create", `--bundle=${stage.directory}`, "--pid-file", "a b", ID],
    ["run", "-b", stage.directory, ID],
    ["restore", "--bundle", stage.directory, ID],
  ]) {
    assert.is(call(stage, "crun", args).status, 0);
    assert.equal(calledWith(stage, "dynuser"), ["prepare", "--runtime", "/usr/bin/crun", "--", ...args]);
    assert.equal(calledWith(stage, "runtime"), args);
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

trampoline("arguments it does not know are left to the binary, which knows them all", (stage) => {
  for (const args of [
    ["--new", "create", ID],
    ["create", "--bun", stage.directory, ID],
    ["create", "-bx", ID],
    ["exec", "-td", ID, "sh"],
    ["--", "create", ID],
  ]) {
    call(stage, "crun", args);
    assert.ok(calledWith(stage, "dynuser"), args.join(" "));
    rmSync(join(stage.directory, "dynuser.args"));
  }
});

const CONFIGURE = "mkdir -p /etc/dynuser; echo 'engines: {}' >/etc/dynuser/config.yaml";
const HARMLESS = "/run/dynuser/cache/harmless.yaml";

trampoline("a configuration that our binary has found to have no default profile starts it no more", (stage) => {
  stage.world.sh(`${CONFIGURE}; mkdir -p /run/dynuser/cache; cp /etc/dynuser/config.yaml ${HARMLESS}`);
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
    stage.world.sh(`${CONFIGURE}; ${script}`);
    const { stderr } = call(stage, "crun", ["create", ID]);
    stage.world.sh("umount /usr/bin/cmp");
    assert.ok(calledWith(stage, "dynuser"), script);
    assert.is(stderr, "err\n");
    rmSync(join(stage.directory, "dynuser.args"));
  }
});

trampoline("exec is prepared in a container that we hold, under whatever spelling of its root", (stage) => {
  stage.world.sh(`mkdir -p ${HELD}`);
  for (const args of [
    ["exec", "--process", "p", ID],
    ["--root", "/run/crun/", "exec", "-e", "exec", ID, "sh", "-c", "x"],
    ["--root=/run//./crun", "exec", "--detach", ID, "sh"],
  ]) {
    call(stage, "crun", args);
    assert.equal(calledWith(stage, "dynuser")?.slice(4), args);
    rmSync(join(stage.directory, "dynuser.args"));
  }
  for (const args of [
    ["--root", "/run/other", "exec", ID, "sh"],
    ["exec", "c2", "sh"],
  ]) {
    call(stage, "crun", args);
    assert.not(calledWith(stage, "dynuser"));
  }
});

trampoline("delete of a container that we hold releases it after the runtime", (stage) => {
  stage.world.sh(`mkdir -p ${HELD}`);
  const result = call(stage, "crun", ["delete", "--force", ID]);
  assert.equal(result, { status: 0, stdout: "out\n", stderr: "err\n" });
  assert.equal(calledWith(stage, "dynuser"), ["release", "run:crun:c1"]);
});

trampoline("a delete that fails releases nothing and keeps its status", (stage) => {
  stage.world.sh(`mkdir -p ${HELD}`);
  writeFileSync(join(stage.directory, "runtime.status"), "3");
  assert.is(call(stage, "crun", ["delete", ID]).status, 3);
  assert.not(calledWith(stage, "dynuser"));
});

trampoline("the binary sees nothing of the environment of the caller, and no open files", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  const env = { BUN_OPTIONS: "--preload=/x", LD_X: "1", XDG_RUNTIME_DIR: "/run/user/0", HOME: "/x" };
  stage.world.sh(`exec 3</dev/null 4</dev/null 9</dev/null; ${stage.directory}/libexec/crun create ${ID}`, { env });
  const lines = readFileSync(join(stage.directory, "dynuser.env"), "utf8").trim().split("\n");
  const names = lines
    .map((line) => line.split("=")[0])
    .filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name!));
  assert.equal(names, ["PATH"]);
  assert.equal(readFileSync(join(stage.directory, "dynuser.fds"), "utf8").split("\n").includes("9"), false);
  assert.ok(readFileSync(join(stage.directory, "runtime.env"), "utf8").includes("LD_X=1"));
  assert.ok(readFileSync(join(stage.directory, "runtime.fds"), "utf8").split("\n").includes("9"));
});

trampoline("works with an empty environment", ({ world, directory }) => {
  const result = world.sh(`exec env -i ${directory}/libexec/crun kill ${ID} 9`);
  assert.equal(result, { status: 0, stdout: "out\n", stderr: "err\n" });
});

trampoline("what the binary has told already is not told again", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  writeFileSync(join(stage.directory, "dynuser.status"), "125");
  assert.equal(call(stage, "crun", ["--log", "log", "create", ID]), { status: 1, stdout: "", stderr: "" });
  assert.not(existsSync(join(stage.directory, "log")));
  assert.not(calledWith(stage, "runtime"));
});

trampoline("crun gets an empty pipe for the host's null device, and only in a container that was prepared", (stage) => {
  writeFileSync(join(stage.directory, "config.json"), ASKING);
  for (const [status, input] of [
    ["0", /^pipe:/],
    ["124", /^\/dev\/null$/m],
  ] as const) {
    writeFileSync(join(stage.directory, "dynuser.status"), status);
    assert.is(stage.world.sh(`libexec/crun create ${ID} </dev/null`).status, 0);
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
    stage.world.sh(`mv dynuser away; ${script}; status=$?; mv away dynuser; exit $status`);
  assert.is(moved(`libexec/crun create ${ID}`).status, 1);
  assert.not(calledWith(stage, "runtime"));
  assert.is(moved(`libexec/crun kill ${ID} 9`).status, 0);
});

trampoline("a name that stands for no runtime is refused", (stage) => {
  const { status, stderr } = call(stage, "kata", ["create", ID]);
  assert.is(status, 1);
  assert.match(stderr, "this file is called kata, expected crun, runc or call");
});

trampoline.run();

function call({ world, directory }: Stage, name: string, args: readonly string[]): Result {
  return world.run([join(directory, "libexec", name), ...args]);
}

function calledWith({ directory }: Stage, name: string): readonly string[] | undefined {
  const path = join(directory, `${name}.args`);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
