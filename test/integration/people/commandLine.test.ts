import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../../src/cli/command.ts";
import { COMMANDS } from "../../../src/cli/table.ts";
import { DYNUSER, dynuser } from "../../support/hosts/dynuser.ts";
import { withScratch } from "../../support/hosts/scratch.ts";

const NAME = "dynuser-cli-test";

function pathsOf(commands: readonly Command[], above: readonly string[] = []): readonly (readonly string[])[] {
  return commands.flatMap((command) => {
    const path = [...above, command.name];
    return [path, ...pathsOf(command.commands ?? [], path)];
  });
}

for (const path of pathsOf(COMMANDS)) {
  test(`dynuser ${path.join(" ")} has a help with usage, options and an example`, () => {
    const { code, output, errors } = dynuser([...path, "--help"]);
    assert.equal([code, errors], [0, ""]);
    assert.match(output, new RegExp(`^Usage: dynuser ${path.join(" ")}`));
    assert.match(output, /\nOptions:\n/);
    assert.match(output, /\nExamples:\n {2}\S/);
    assert.is(dynuser(["help", ...path]).output, output);
  });
}

const USAGE_ERRORS: readonly (readonly [args: readonly string[], message: string])[] = [
  [["rnu"], 'unknown command "rnu", did you mean run?\nUsage: dynuser COMMAND'],
  [["--versoin"], 'unknown option "--versoin", did you mean --version?\nUsage: dynuser COMMAND'],
  [["gc", "now"], 'unexpected operand "now"\nUsage: dynuser gc'],
  [["ps", "web"], 'unexpected operand "web"\nUsage: dynuser ps'],
  [["standby", "1"], 'unexpected operand "1"\nUsage: dynuser standby'],
  [["ps", "--jsn"], "unknown option --jsn, did you mean --json?\nUsage: dynuser ps"],
  [["state"], "missing subcommand: expected ls, show, path, clean or migrate\nUsage: dynuser state ls|show|path"],
  [
    ["state", "claen", "web"],
    'unknown subcommand "claen": expected ls, show, path, clean or migrate, did you mean clean?',
  ],
  [["state", "path"], "missing operand: expected NAME|PATH…\nUsage: dynuser state path"],
  [["uid", "whois"], "missing operand: expected UID\nUsage: dynuser uid whois"],
  [["uid", "ls", "--at", "now"], "unknown option --at\nUsage: dynuser uid ls"],
  [["runtime"], "missing subcommand: expected configure or unconfigure\nUsage: dynuser runtime configure|unconfigure"],
  [["doctor", "imgae"], 'unexpected operand "imgae", did you mean image?\nUsage: dynuser doctor'],
  [["analyze", "suggest"], "missing operand: expected [--] COMMAND…\nUsage: dynuser analyze suggest"],
  [["convert", "--to=podman", "a.service", "b.service"], 'unexpected operand "b.service"\nUsage: dynuser convert'],
  [
    ["run", "--network", "--", "true"],
    "cannot read --network: found nothing after it, expected MODE\nUsage: dynuser run",
  ],
  // what an unset variable leaves of a script's line
  [["run", "--allow-net", "", "--", "true"], 'cannot read --allow-net: found "", expected HOST[:PORT],…\n'],
  [["run", "--workspace=", "--", "true"], 'cannot read --workspace: found "", expected DIR\n'],
  [["run", "--uid", "", "--", "true"], 'cannot read --uid: found "", expected USER\n'],
  [["state", "clean", ""], 'cannot read an operand: found "", expected NAME|PATH…\nUsage: dynuser state clean'],
  [["doctor", "image", ""], 'cannot read an operand: found "", expected DIR|config.json\nUsage: dynuser doctor image'],
  [["help", "state", "clena"], 'unknown subcommand "clena": expected ls'],
];

for (const [args, message] of USAGE_ERRORS) {
  test(`a usage error prints the usage: dynuser ${args.join(" ")}`, () => {
    const { code, output, errors } = dynuser(args);
    assert.equal([code, output], [125, ""]);
    assert.ok(errors.startsWith(`dynuser: ${message}`), errors);
    assert.is(errors.trimEnd().split("\n").at(-1)!.startsWith("Usage: dynuser"), true, errors);
  });
}

test("the argument of an option before it is no subcommand", () => {
  assert.match(dynuser(["analyze", "--unit", "suggest"]).errors, /cannot read "suggest": found no such unit/);
});

const NEAR: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["directives", "Nicee"], /found no such directive, did you mean Nice\?/],
  [["directives", "--syscalls", "@system-servce"], /did you mean @system-service\?/],
  [
    ["runtime", "configure", "--engine", "podmann"],
    /expected containerd, crio, docker or podman, did you mean podman\?/,
  ],
  [["run", "-p", "SystemCallFilter=@system-servce", "--", "true"], /did you mean @system-service\?/],
  [["run", "-p", "SystemCallFilter=opneat", "--", "true"], /did you mean openat\?/],
  [["run", "-p", "CapabilityBoundingSet=CAP_NET_ADMN", "--", "true"], /did you mean CAP_NET_ADMIN\?/],
  [["run", "-p", "ProtectSystem=stict", "--", "true"], /did you mean strict\?/],
];

for (const [args, message] of NEAR) {
  test(`a misspelled name gets the nearest one: dynuser ${args.join(" ")}`, () => {
    const { code, errors } = dynuser(args);
    assert.is(code, 125);
    assert.match(errors, message);
  });
}

/** What a user or a host can do wrong; none of it is a fault of the program. */
const CONDITIONS: readonly (readonly [title: string, command: readonly string[], message: RegExp])[] = [
  ["state clean without root", asNobody("state", "clean", "web"), /expected/],
  ["runtime configure without root", asNobody("runtime", "configure", "--engine", "podman"), /Permission denied/],
  [
    "run where user namespaces are forbidden",
    ["unshare", "-r", "sh", "-c", `echo 0 >/proc/sys/user/max_user_namespaces; ${asUserWithoutRights()} run -- true`],
    /cannot run dynuser run as root: found user\.max_user_namespaces=0, expected a user namespace \(sudo sysctl -w/,
  ],
  [
    "a full standard output",
    ["sh", "-c", `${DYNUSER} doctor >/dev/full`],
    /cannot write to standard output: No space left/,
  ],
  [
    "a runtime that is none",
    [DYNUSER, "run", "--runtime", "/bin/true", "--", "true"],
    /cannot use the runtime "\/bin\/true"/,
  ],
  [
    "run in a read-only sandbox",
    [DYNUSER, "run", "-p", "DynamicUser=no", "-p", "ProtectSystem=strict", "--", DYNUSER, "run", "--", "true"],
    /found root with a read-only \/run/,
  ],
];

function asUserWithoutRights(): string {
  return `setpriv --bounding-set -sys_admin ${DYNUSER}`;
}

function asNobody(...args: readonly string[]): readonly string[] {
  return ["setpriv", "--reuid=65534", "--clear-groups", DYNUSER, ...args];
}

test.after(() => rmSync("/tmp/dynuser-65534", { recursive: true, force: true }));

for (const [title, [program, ...args], message] of CONDITIONS) {
  test(`is an error in one line and no internal error: ${title}`, () => {
    const { stderr, status } = spawnSync(program!, args, { encoding: "utf8", cwd: "/" });
    assert.match(stderr, message);
    assert.not.match(stderr, /internal error|\n {4}at /);
    assert.is(status, 125);
  });
}

test("show describes a run in short lines, with modes in octal and the directive of each", () => {
  const settings = ["-p", `StateDirectory=${NAME}`, "-p", "MemoryMax=1G", "-p", "DeviceAllow=/dev/fuse"];
  const { output, code } = dynuser(["show", "--name", NAME, ...settings, "--", "true"]);
  assert.is(code, 0);
  for (const line of output.split("\n")) assert.ok(line.length <= 100, line);
  assert.match(output, /^ {2}\/ {2}read-only {2}\(ProtectSystem=\)$/m);
  assert.match(output, `  creates /var/lib/private/${NAME}, mode 0755, ID-mapped  (StateDirectory=)\n`);
  assert.match(output, /^ {2}at most 1\.0G of memory {2}\(MemoryMax=\)$/m);
  assert.not.match(output, /readWriteImplicit|mode=493|[{}]/);
});

const RUN = ["run", "--name", NAME, "-q"] as const;

test("run takes options of systemd-run and bwrap, also joined", () => {
  const printed = (...args: readonly string[]) =>
    dynuser([...RUN, ...args], { cwd: "/usr", env: { LANG: "C.UTF-8" } }).output;
  assert.is(
    printed("-E", 'A=b c"d%n', "-E", "LANG", "-dP", "--", "sh", "-c", 'echo "$A" $LANG; pwd'),
    'b c"d%n C.UTF-8\n/usr\n',
  );
  assert.is(
    printed("--working-directory", "/etc", "--nice=5", "--wait", "-G", "--", "sh", "-c", "pwd; nice"),
    "/etc\n5\n",
  );
  assert.is(printed("--ro-bind", "lib:/opt", "--chdir", "/opt", "--", "pwd"), "/opt\n");
  assert.is(printed("--tmpfs", "/opt", "--description=x", "--", "ls", "-A", "/opt"), "");
  assert.is(printed("-p", "DynamicUser=no", "--uid", "daemon", "--gid=adm", "--", "id", "-un"), "daemon\n");
});

test("run --unit names the run where there is no such unit, and --file reads a unit", () => {
  assert.is(dynuser(["run", "--unit", `${NAME}.service`, "--", "id", "-un"]).output, `${NAME}\n`);
  withScratch((directory) => {
    writeFileSync(`${directory}/x.service`, "[Service]\nType=oneshot\nExecStart=echo from a file\n");
    assert.is(dynuser(["run", "--file", `${directory}/x.service`]).output, "from a file\n");
  });
  assert.match(dynuser(["run", "--unit", "no-such.service"]).errors, /found no such unit, expected a unit file/);
});

test("run --pty passes TERM on, and --shell runs the caller's shell", () => {
  const onTerminal = (options: string) =>
    spawnSync("script", ["-qec", `SHELL=/bin/pwd ${DYNUSER} ${RUN.join(" ")} ${options}`, "/dev/null"], {
      encoding: "utf8",
      input: "",
      env: { PATH: process.env["PATH"], TERM: "vt220" },
      cwd: "/usr",
    }).stdout.replaceAll("\r", "");
  assert.match(onTerminal("-t -- sh -c 'echo TERM=$TERM'"), "TERM=vt220\n");
  assert.match(onTerminal("-S"), "/usr\n");
});

test("analyze suggest shows the error of the command and the settings that it fails with", () => {
  const { code, errors } = dynuser(["analyze", "suggest", "--", "sh", "-c", "echo no such table >&2; exit 1"]);
  assert.is(code, 125);
  assert.match(errors, /^no such table$/m);
  assert.match(errors, /found that the command fails with DynamicUser=yes alone, expected it to pass/);
});

test("the example of analyze suggest in its help and in README works", () => {
  const example = "analyze suggest -p StateDirectory=web --name web -- sh -c 'touch /var/lib/web/done'";
  assert.ok(dynuser(["analyze", "suggest", "--help"]).output.includes(example));
  assert.ok(readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8").includes(example));
  const { stdout, status } = spawnSync("sh", ["-c", `${DYNUSER} ${example.replaceAll("web", NAME)}`], {
    encoding: "utf8",
  });
  assert.is(status, 0);
  assert.match(stdout, `StateDirectory: ${NAME}`);
  dynuser(["state", "clean", "--what=all", NAME]);
});

/** podman, which configure runs to read its settings, makes them for each user. */
test.after(() => {
  for (const name of ["containers-user-65534", "podman-run-65534"])
    rmSync(`/tmp/${name}`, { recursive: true, force: true });
});

test.run();
