import { spawnSync } from "node:child_process";
import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RunningContainer } from "../../../src/cli/ps.ts";
import type { LastingDirectory } from "../../../src/cli/state/directories.ts";
import type { MeasuredDirectory } from "../../../src/cli/state/measure.ts";
import { DYNUSER, dynuser, startDynuser } from "../../support/hosts/dynuser.ts";

const NAME = "dynuser-state-test";
const STATE = `/var/lib/private/${NAME}`;

function run(...command: readonly string[]) {
  const settings = ["DynamicUser=yes", `StateDirectory=${NAME}`, `CacheDirectory=${NAME}`];
  return ["run", "--name", NAME, ...settings.flatMap((setting) => ["-p", setting]), "--", ...command];
}

function listed(): readonly LastingDirectory[] {
  const all = JSON.parse(dynuser(["state", "ls", "--json"]).output) as readonly LastingDirectory[];
  return all.filter(({ name }) => name === NAME);
}

test.after.each(() => {
  const places = ["/var/lib", "/var/cache", "/run"].flatMap((base) => [`${base}/${NAME}`, `${base}/private/${NAME}`]);
  for (const path of places) rmSync(path, { recursive: true, force: true });
});

test("a command that runs is listed with its user and directories, and is not when it has ended", async () => {
  const started = startDynuser(run("sh", "-c", "echo ready; read line"));
  await started.until("ready");
  const rows = JSON.parse(dynuser(["ps", "--json"]).output) as readonly RunningContainer[];
  const [row] = rows.filter(({ name }) => name === NAME);
  assert.equal([row?.engine, row?.directories.toSorted()], ["dynuser", [`/var/cache/private/${NAME}`, STATE]]);
  assert.match(dynuser(["ps"]).output, new RegExp(`^NAME +UID +ENGINE.*\n(.*\n)*${NAME} +${row?.uid} +dynuser`));
  assert.equal(
    listed().map(({ inUse }) => inUse),
    [true, true],
  );
  const { code, errors } = dynuser(["state", "clean", "--what=all", NAME]);
  assert.is(code, 125);
  assert.match(errors, /^dynuser: cannot clean ".*": found it in use by dynuser-state-test .*\ndynuser: cannot clean/);
  assert.ok(existsSync(STATE));
  started.process.stdin!.end("\n");
  assert.is(await started.ended, 0);
  assert.not.match(dynuser(["ps"]).output, NAME);
});

test("directories stay listed with their last service, are measured and removed with their links", () => {
  dynuser(run("sh", "-c", "head -c 100000 /dev/zero >$STATE_DIRECTORY/file; mkdir $STATE_DIRECTORY/below"));
  assert.equal(
    listed().map(({ what, user, engine, inUse }) => [what, user, engine, inUse]),
    [
      ["cache", NAME, "dynuser", false],
      ["state", NAME, "dynuser", false],
    ],
  );
  const [state] = JSON.parse(dynuser(["state", "show", NAME, "--what=state", "--json"]).output) as MeasuredDirectory[];
  assert.equal([state?.owner, state?.mode, state?.entries], [65534, "0755", 2]);
  assert.ok(state!.bytes! >= 100_000);
  assert.is(dynuser(["state", "path", "--what", "state", NAME]).output, `${STATE}\n`);

  assert.is(dynuser(["state", "clean", "--what=cache", NAME]).output, `/var/cache/private/${NAME}\n`);
  assert.equal([existsSync(`/var/cache/${NAME}`), existsSync(STATE)], [false, true]);
  assert.is(dynuser(["state", "clean", "--what=state", STATE]).code, 0);
  assert.equal([existsSync(`/var/lib/${NAME}`), existsSync(STATE), listed()], [false, false, []]);
});

test("clean removes cache and runtime directories, state only with --what=state, as systemctl clean", () => {
  dynuser(run("true"));
  const clean = (...options: readonly string[]) => dynuser(["state", "clean", ...options, NAME]).output;
  assert.is(clean("--dry-run"), `/var/cache/private/${NAME}\n`);
  assert.ok(existsSync(`/var/cache/private/${NAME}`));
  assert.is(clean(), `/var/cache/private/${NAME}\n`);
  assert.equal([existsSync(`/var/cache/private/${NAME}`), existsSync(STATE)], [false, true]);
  assert.is(clean("--what=state,logs"), `${STATE}\n`);
  assert.not(existsSync(STATE));
});

test("clean removes a runtime directory that outlasts its service", () => {
  const preserved = ["-p", `RuntimeDirectory=${NAME}`, "-p", "RuntimeDirectoryPreserve=yes"];
  dynuser(["run", "--name", NAME, "-p", "DynamicUser=yes", ...preserved, "--", "true"]);
  assert.ok(existsSync(`/run/private/${NAME}`));
  assert.is(dynuser(["state", "clean", NAME]).output, `/run/private/${NAME}\n`);
  assert.equal([existsSync(`/run/private/${NAME}`), existsSync(`/run/${NAME}`)], [false, false]);
});

test("a name is a service's: directories of that name that another service uses stay", () => {
  dynuser(["run", "--name", `${NAME}-2`, "-p", "DynamicUser=yes", "-p", `StateDirectory=${NAME}`, "--", "true"]);
  assert.match(dynuser(["state", "clean", "--what=all", NAME]).errors, /found no directory of such a service/);
  assert.ok(existsSync(STATE));
  assert.is(dynuser(["state", "clean", "--what=all", `${NAME}-2`]).output, `${STATE}\n`);
});

test("on a terminal clean asks before it removes", () => {
  dynuser(run("true"));
  const onTerminal = (answer: string) =>
    spawnSync("script", ["-qec", `${DYNUSER} state clean ${NAME}`, "/dev/null"], { input: answer, encoding: "utf8" });
  const refused = onTerminal("n\n");
  assert.match(refused.stdout, /Remove 1 directories\? \[y\/N\]/);
  assert.equal([refused.status, existsSync(`/var/cache/private/${NAME}`)], [125, true]);
  assert.is(onTerminal("y\n").status, 0);
  assert.not(existsSync(`/var/cache/private/${NAME}`));
});

test("ls shows sizes and last use in narrow lines", () => {
  dynuser(run("sh", "-c", "head -c 3000000 /dev/zero >$STATE_DIRECTORY/file"));
  const { output } = dynuser(["state", "ls", NAME]);
  assert.match(
    output,
    new RegExp(`^SERVICE +WHAT +SIZE +LAST USE +PATH\n.*\n${NAME} +state +2.9M +20..-..-.. +${STATE}\n$`),
  );
  const [, state] = JSON.parse(dynuser(["state", "ls", "--json", NAME]).output) as MeasuredDirectory[];
  assert.ok(state!.bytes! >= 3_000_000);
});

test("directories below private/ are listed without a record, too", () => {
  const path = `/var/lib/private/${NAME}-unrecorded`;
  mkdirSync(path, { recursive: true });
  try {
    const rows = JSON.parse(dynuser(["state", "ls", "--json"]).output) as readonly LastingDirectory[];
    assert.equal(
      rows.filter((row) => row.path === path).map(({ what, service, inUse }) => [what, service, inUse]),
      [["state", undefined, false]],
    );
  } finally {
    rmSync(path, { recursive: true });
  }
});

test("migrate moves a static user's directory below private/ before its next start", () => {
  const settings = ["-p", "DynamicUser=no", "-p", "User=daemon", "-p", `StateDirectory=${NAME}`];
  dynuser(["run", "--name", NAME, ...settings, "--", "sh", "-c", "echo kept >$STATE_DIRECTORY/file"]);
  chownSync(`/var/lib/${NAME}/file`, 12, 34);
  assert.is(dynuser(["state", "migrate", NAME]).code, 0);
  assert.ok(lstatSync(`/var/lib/${NAME}`).isSymbolicLink());
  assert.equal([statSync(STATE).uid, statSync(`${STATE}/file`).uid], [65534, 65534]);
  assert.is(
    dynuser(run("sh", "-c", "cat $STATE_DIRECTORY/file; stat -c %U $STATE_DIRECTORY/file")).output,
    `kept\n${NAME}\n`,
  );
});

test("a link that leads elsewhere stays when a directory of that name is removed", () => {
  mkdirSync(STATE, { recursive: true });
  writeFileSync(`/var/lib/${NAME}`, "foreign");
  dynuser(["state", "clean", "--what=state", STATE]);
  assert.not(existsSync(STATE));
  assert.is(readFileSync(`/var/lib/${NAME}`, "utf8"), "foreign");
});

for (const [args, message] of [
  [["state", "show", "no-such-state"], 'cannot find "no-such-state": found no directory of such a service'],
  [["state", "ls", "--what=run"], 'cannot read --what: found "run", expected state, cache, logs, runtime or all'],
] as const) {
  test(`bad input is one line: dynuser ${args.join(" ")}`, () => {
    const { code, output, errors } = dynuser(args);
    assert.equal([code, output], [125, ""]);
    assert.ok(errors.includes(message) && errors.split("\n").length === 2, errors);
  });
}

test.run();
