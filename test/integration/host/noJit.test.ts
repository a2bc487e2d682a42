import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER as INSIDE, type Laboratory, openLaboratory } from "../../support/hosts/comparisonHost.ts";
import { DIST, DYNUSER } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";
import { REFERENCE_TREE } from "../../support/hosts/systemdHost.ts";

/* dynuser where memory cannot be made executable: under MemoryDenyWriteExecute=, and SELinux without execmem. */

const REASON =
  "found no right to make memory executable, which its JavaScript engine needs \\(execmem\\): .*semodule -i";

/** PR_SET_MDWE of prctl(2), which exec keeps. */
const PRCTL = process.arch === "x64" ? 157 : 167;
const FORBID = ["perl", "-e", `syscall(${PRCTL}, 65, 1, 0, 0, 0) == 0 or die; exec @ARGV`] as const;

function forbidden(command: readonly string[], cwd = "/") {
  const [program, ...args] = [...FORBID, ...command] as [string, ...string[]];
  return spawnSync(program, args, { encoding: "utf8", cwd });
}

for (const args of [["run", "--", "true"], ["--version"], ["doctor"], ["release", "run:crun:x"]]) {
  test(`${args.join(" ")} fails with one line that names execmem and the cure`, () => {
    const { status, stdout, stderr } = forbidden([DYNUSER, ...args]);
    assert.equal([status, stdout], [125, ""]);
    assert.match(stderr, new RegExp(`^dynuser: cannot start: ${REASON}.*\\n$`));
  });
}

test("the runtime script reports it in the engine's log, and starts nothing", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/rootfs`);
    const annotations = { "dynuser/DynamicUser": "yes" };
    writeFileSync(`${directory}/config.json`, JSON.stringify({ ociVersion: "1.0.2", annotations }));
    const log = `${directory}/log`;
    const call = ["--log", log, "--log-format", "json", "create", "--bundle", directory, "c1"];
    const { status, stderr } = forbidden([join(DIST, "libexec/crun"), ...call]);
    assert.is(status, 1);
    assert.match(stderr, new RegExp(`^dynuser: cannot create container: ${REASON}.*\\n$`));
    assert.match(
      spawnSync("cat", [log], { encoding: "utf8" }).stdout,
      new RegExp(`^{.*"msg":"dynuser: [^"]*${REASON}`),
    );
  });
});

test("a hook reports it on the standard error of the engine", () => {
  const engine = 'if (!fork) { open STDERR, ">/dev/null"; exec @ARGV } wait; print STDERR $? >> 8, "\\n"';
  const { stdout } = forbidden([
    "sh",
    "-c",
    '"$@" 2>&1 | cat',
    "sh",
    "perl",
    "-e",
    engine,
    DYNUSER,
    "hook",
    "precreate",
  ]);
  assert.match(stdout, new RegExp(`^dynuser: cannot start: ${REASON}.*\\n125\\n$`));
});

test.run();

const debian = suite<Laboratory>("Debian 13");

debian.before(async (laboratory) => {
  Object.assign(laboratory, await openLaboratory({ layers: ["selinux"] }));
});
debian.after(({ stop }) => stop());

debian("a unit with MemoryDenyWriteExecute= gets one line", ({ reference }) => {
  const options = ["-q", "--wait", "--pipe", "--collect", "-p", "MemoryDenyWriteExecute=yes"];
  const { status, stderr } = reference.run(["systemd-run", ...options, INSIDE, "run", "--", "true"]);
  assert.is(status, 125);
  assert.match(stderr, new RegExp(`^dynuser: cannot start: ${REASON}.*\\n$`));
});

debian("the policy module of the package is accepted, and gives engines and services execmem", ({ reference }) => {
  const module = "/run/harness/dynuser.cil";
  // the host's /var/lib is empty
  cpSync(`${REFERENCE_TREE}-selinux/var/lib/selinux`, `${reference.root}/var/lib/selinux`, { recursive: true });
  copyFileSync(join(import.meta.dirname, "../../../selinux/dynuser.cil"), reference.root + module);
  const allowed = () => {
    const policy = "/etc/selinux/default/policy/policy.*";
    const { stdout } = reference.run(["sh", "-c", `sesearch -A -p execmem ${policy}`]);
    const always = stdout.split("\n").filter((line) => !line.includes("["));
    return ["unconfined_t", "initrc_t", "podman_t", "dockerd_t", "crio_t"].filter((domain) =>
      always.some((line) => line.startsWith(`allow ${domain} ${domain}:process`)),
    );
  };
  const before = allowed();
  const { status, stderr } = reference.run(["semodule", "-n", "-s", "default", "-i", module]);
  assert.is(status, 0, stderr);
  assert.equal([before, allowed()], [[], ["unconfined_t", "initrc_t", "podman_t", "dockerd_t", "crio_t"]]);
});

debian.run();
