import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RunningContainer } from "../../src/commands/ps.ts";
import type { LastingDirectory } from "../../src/commands/state/directories.ts";
import type { MeasuredDirectory } from "../../src/commands/state/measure.ts";
import { dynuser, startDynuser } from "../support/dynuser.ts";

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
  const places = ["/var/lib", "/var/cache"].flatMap((base) => [`${base}/${NAME}`, `${base}/private/${NAME}`]);
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
  const { code, errors } = dynuser(["state", "clean", NAME]);
  assert.is(code, 125);
  assert.match(errors, /^dynuser: cannot clean ".*": found it in use by dynuser-state-test .*\ndynuser: cannot clean/);
  assert.ok(existsSync(STATE));
  started.process.stdin!.end("\n");
  assert.is(await started.ended, 0);
  assert.not.match(dynuser(["ps"]).output, NAME);
  dynuser(["state", "clean", NAME]);
});

test("directories stay listed with who had them last, are measured and removed with their links", () => {
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
  assert.is(dynuser(["state", "clean", STATE]).code, 0);
  assert.equal([existsSync(`/var/lib/${NAME}`), existsSync(STATE), listed()], [false, false, []]);
});

test("what lies below private/ is listed whoever made it", () => {
  mkdirSync(STATE, { recursive: true });
  assert.equal(
    listed().map(({ what, path, user, inUse }) => [what, path, user, inUse]),
    [["state", STATE, undefined, false]],
  );
});

test("a static user's directory is moved below private/ and given to nobody before its next start", () => {
  const settings = ["-p", "User=daemon", "-p", `StateDirectory=${NAME}`];
  dynuser(["run", "--name", NAME, ...settings, "--", "sh", "-c", "echo kept >$STATE_DIRECTORY/file"]);
  chownSync(`/var/lib/${NAME}/file`, 12, 34);
  assert.is(dynuser(["state", "migrate", NAME]).code, 0);
  assert.ok(lstatSync(`/var/lib/${NAME}`).isSymbolicLink());
  assert.equal([statSync(STATE).uid, statSync(`${STATE}/file`).uid], [65534, 65534]);
  assert.is(
    dynuser(run("sh", "-c", "cat $STATE_DIRECTORY/file; stat -c %U $STATE_DIRECTORY/file")).output,
    `kept\n${NAME}\n`,
  );
  dynuser(["state", "clean", NAME]);
});

test("a link that leads elsewhere stays when a directory of that name is removed", () => {
  mkdirSync(STATE, { recursive: true });
  writeFileSync(`/var/lib/${NAME}`, "not ours");
  dynuser(["state", "clean", NAME]);
  assert.is(readFileSync(`/var/lib/${NAME}`, "utf8"), "not ours");
});

for (const [args, message] of [
  [["state"], 'found "", expected ls, show, path, clean, migrate'],
  [["state", "show"], "cannot show state: expected a name or a path"],
  [["state", "show", "no-such-state"], 'cannot find "no-such-state": found no such directory'],
  [["state", "ls", "--what=runtime"], 'cannot read --what: found "runtime", expected state, cache, logs or all'],
  [["ps", "web"], "cannot list containers: expected no operand"],
] as const) {
  test(`bad input is one line: dynuser ${args.join(" ")}`, () => {
    const { code, output, errors } = dynuser(args);
    assert.equal([code, output], [125, ""]);
    assert.ok(errors.includes(message) && errors.split("\n").length === 2, errors);
  });
}

test.run();
