import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/* A UID that another name gets later leads to nothing of its earlier user; what still runs is listed. */

const gone = suite<{ testHost: TestHost }>("gone means gone", {} as { testHost: TestHost });
gone.before.each(async (context) => {
  context.testHost = await openTestHost();
});
gone.after.each(({ testHost }) => testHost.close());

/** The kernel keeps keyrings until it is started again: each test has another UID, and what it leaves troubles no later one. */
function oneUid(): { readonly uid: number; readonly configure: string } {
  const uid = 66_000 + Math.floor(Math.random() * 33_000);
  const text = `identity: { first: ${uid}, last: ${uid}, restSeconds: 0 }`;
  return { uid, configure: `mkdir -p /etc/dynuser; echo '${text}' >/etc/dynuser/config.yaml` };
}

/** add_key(2) and keyctl(2) by number, since not every host has keyctl(1). */
const [ADD_KEY, KEYCTL] = process.arch === "arm64" ? [217, 219] : [248, 250];
const USER_KEYRING = -4;
const ADD = `my ($type, $name, $key) = ("user", "alice", "hunter2");
  die "add_key: $!" if syscall(${ADD_KEY}, $type, $name, $key, length $key, $ring) < 0;`;
const SEARCH = `my ($type, $name) = ("user", "alice"); print syscall(${KEYCTL}, 10, $ring, $type, $name, 0) > 0 ? "found" : "none";`;
const PERSISTENT = `my $ring = syscall(${KEYCTL}, 22, -1, -3);`;

for (const [keyring, open] of [
  ["user keyring", `my $ring = ${USER_KEYRING};`],
  ["user session keyring", "my $ring = -5;"],
  ["persistent keyring", PERSISTENT],
] as const) {
  gone(`a key in the ${keyring} does not outlast its user`, ({ testHost }) => {
    const run = (name: string, script: string) =>
      testHost.run([
        DYNUSER,
        "run",
        "-p",
        "DynamicUser=yes",
        "--name",
        name,
        "--",
        "/usr/bin/perl",
        "-e",
        open + script,
      ]);
    const { uid, configure } = oneUid();
    testHost.sh(configure);
    const added = run("alice", ADD + SEARCH);
    assert.is(added.stdout, "found", added.stderr);
    const { stdout, stderr } = run("bob", `print "$< "; ${SEARCH}`);
    assert.is(stdout, `${uid} none`, stderr);
  });
}

/** KEYCTL_SETPERM, for the possessor and the owner: view, read, write, search, link and setattr are bits. */
const setRights = (rights: number) => `syscall(${KEYCTL}, 5, $ring, ${rights * 0x1010000}) == 0 or die "setperm: $!";`;
const VIEW_READ_SEARCH = 0x0b;
const SEARCH_SETATTR = 0x28;

for (const [what, rights] of [
  ["cannot be written", VIEW_READ_SEARCH],
  ["cannot be written until its rights are changed", SEARCH_SETATTR],
] as const) {
  gone(`a UID with a keyring that ${what} leads no other name to its keys`, ({ testHost }) => {
    const run = (name: string, script: string) =>
      testHost.run([DYNUSER, "run", "-p", "DynamicUser=yes", "--name", name, "--", "/usr/bin/perl", "-e", script]);
    const { configure } = oneUid();
    testHost.sh(configure);
    const open = `my $ring = ${USER_KEYRING};`;
    assert.is(run("alice", open + ADD + setRights(rights) + SEARCH).stdout, "found");
    const { status, stdout, stderr } = run("bob", open + SEARCH);
    if (rights === SEARCH_SETATTR) assert.equal([status, stdout], [0, "none"], stderr);
    else {
      assert.is(status, 125, stdout);
      assert.match(stderr, /cannot give "bob" a user: found all 1 UIDs/);
      assert.is(run("alice", open + SEARCH).stdout, "found");
    }
  });
}

gone("the first start after a boot works with a configuration and without /run/dynuser", ({ testHost }) => {
  const { uid, configure } = oneUid();
  testHost.sh(configure);
  const { stdout, stderr } = testHost.sh(
    `umask 0; ${DYNUSER} run -p DynamicUser=yes --name web -- id -u; stat -c %a /run/dynuser /run/dynuser/cache`,
  );
  assert.is(stdout, `${uid}\n755\n700\n`, stderr);
});

const START = `${DYNUSER} run -p DynamicUser=yes -p StateDirectory=web --name web -- sleep 1000 & held=$!
  until pgrep -xf '(.*/)?sleep 1000' >/dev/null; do :; done`;

gone("the command of a killed dynuser run is listed until it is collected", ({ testHost }) => {
  const { stdout, stderr } = testHost.sh(`${START}; ${DYNUSER} ps --json; kill -KILL $held; wait $held
    ${DYNUSER} ps --json; ${DYNUSER} gc >/dev/null; ${DYNUSER} ps --json; pgrep -xf '(.*/)?sleep 1000'`);
  const [before, after, collected] = stdout.split(/^(?=\[)/m);
  assert.equal(JSON.parse(before!)[0].name, "web", stderr);
  assert.equal(JSON.parse(after!)[0].container, JSON.parse(before!)[0].container);
  assert.match(collected!, /^\[\]\n$/);
});

gone("a hard reset that leaves zeros in the ledger damages no record", ({ testHost }) => {
  const run = `${DYNUSER} run -p DynamicUser=yes --name web true`;
  const { stdout, stderr } = testHost.sh(
    `${run}; head -c 4096 /dev/zero >>/var/lib/dynuser/ledger; ${run}; ${DYNUSER} uid history web | wc -l`,
  );
  assert.equal([stdout, stderr], ["3\n", ""]);
});

gone.run();
