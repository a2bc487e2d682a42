import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER } from "../support/dynuser.ts";
import { openWorld, type World } from "../support/world.ts";

/** `dynuser uid`, `dynuser gc` and the range, by the binary on a machine of its own. */
const uids = suite<{ world: World }>("uids", {} as { world: World });
uids.before(async (context) => {
  context.world = await openWorld();
});
uids.after((context) => context.world.close());
uids.before.each(({ world }) => {
  world.sh("rm -rf /run/dynuser/* /var/lib/dynuser /etc/dynuser");
});

const FOO = 63016;
const RUN = [DYNUSER, "run", "-p", "DynamicUser=yes", "--name", "foo", "--"];

const START = `${RUN.join(" ")} sleep 1000 >/dev/null 2>&1 & held=$!; until pgrep -xf 'sleep 1000' >/dev/null; do sleep 0.02; done`;

/** What `script` prints while foo is held by a sleeping container. */
function whileHeld(world: World, script: string): string {
  const { stdout, stderr } = world.sh(
    `dynuser() { ${DYNUSER} "$@"; }; ${START}; ${script}; kill -TERM $held; wait $held`,
  );
  assert.is(stderr, "");
  return stdout;
}

uids("uid ls tells who holds which UID, as a table and as JSON", ({ world }) => {
  const held = JSON.parse(whileHeld(world, "dynuser uid ls --json"));
  const { container, from } = held[0].containers[0];
  assert.equal(held, [{ uid: FOO, name: "foo", state: "held", containers: [{ container, engine: "dynuser", from }] }]);
  assert.match(container, /^run-foo-[0-9a-f]{8}$/);
  assert.match(from, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const resting = world.run([DYNUSER, "uid", "ls"]).stdout;
  assert.match(resting, /^UID +NAME +STATE +CONTAINERS\n63016 +foo +resting \(\d+ s\) +-\n$/);
});

uids("whois names the holder, or the last one; --at the one of that time", ({ world }) => {
  const whois = (...more: readonly string[]) => world.run([DYNUSER, "uid", "whois", ...more]);
  assert.equal(whois(String(FOO)).status, 1);
  const during = JSON.parse(whileHeld(world, `dynuser uid whois ${FOO} --json`));
  assert.equal([during.length, during[0].name, during[0].state, during[0].to], [1, "foo", "holds", undefined]);
  const [last] = JSON.parse(whois("--json", String(FOO)).stdout);
  assert.equal(Object.keys(last).sort(), ["container", "engine", "from", "name", "state", "to", "uid", "why"]);
  assert.equal([last.name, last.state, last.why], ["foo", "ended", "stopped"]);
  assert.is(whois(String(FOO), "--at", last.from).status, 0);
  assert.is(whois(String(FOO), "--at=2020-01-01 00:00").status, 1);
  assert.match(whois(String(FOO), "--at", "noon").stderr, 'cannot read --at: found "noon", expected a time such as');
});

uids("history tells all starts of a name; a damaged line is told and stops nothing", ({ world }) => {
  for (let start = 0; start < 2; start++) world.run([...RUN, "true"]);
  world.sh("printf '\\n{' >>/var/lib/dynuser/ledger");
  const { stdout, stderr, status } = world.run([DYNUSER, "uid", "history", "foo"]);
  assert.is(status, 0);
  assert.is(stdout.trimEnd().split("\n").length, 3, stdout);
  assert.match(stderr, /^dynuser: cannot read a line of the ledger: found no record of ours \(.*\/ledger:\d+\)\n$/);
  assert.is(world.run([DYNUSER, "uid", "history", "bar"]).status, 1);
});

uids("gc tells what it collects, and beforehand with --dry-run", ({ world }) => {
  const gc = (...options: readonly string[]) => world.run([DYNUSER, "gc", ...options]);
  assert.equal(gc(), { status: 0, stdout: "", stderr: "" });
  world.sh(`${START}; kill -KILL $held; wait $held`);
  world.sh(
    `mkdir -p /run/dynuser/leases/lone /run/dynuser/containers/gone; echo '{' >/run/dynuser/uids/61200; >/run/systemd/dynamic-uid/61300`,
  );
  const expected = ["container", "lease lone", "uid 61200", "record /run/dynuser/containers/gone", "lock 61300"];
  const foreseen = gc("--dry-run");
  assert.is(foreseen.status, 1);
  for (const one of expected) assert.match(foreseen.stdout, one);
  assert.is(foreseen.stdout.trimEnd().split("\n").length, expected.length, foreseen.stdout);
  const collected = gc();
  assert.is(collected.status, 1, "what was damaged is told by the exit code too");
  assert.match(
    collected.stderr,
    "cannot read who has UID 61200: found no valid lease in /run/dynuser/uids/61200, set aside as",
  );
  assert.is(collected.stdout, foreseen.stdout);
  assert.equal(gc("--dry-run"), { status: 0, stdout: "", stderr: "" });
  assert.is(
    world.sh("cat /run/dynuser/containers/* /run/dynuser/holders/* /run/userdb/* 2>/dev/null; pgrep -xf 'sleep 1000'")
      .stdout,
    "",
  );
  assert.equal(JSON.parse(gc("--json").stdout), []);
});

function configure(world: World, identity: string): void {
  world.sh(`mkdir -p /etc/dynuser; echo 'identity: ${identity}' >/etc/dynuser/config.yaml`);
}

uids("the range is the administrator's choice", ({ world }) => {
  configure(world, "{ first: 70000, last: 70001, restSeconds: 0 }");
  for (const name of ["foo", "bar", "qux"]) {
    const { stdout, stderr } = world.run([DYNUSER, "run", "-p", "DynamicUser=yes", "--name", name, "id", "-u"]);
    assert.match(stdout, /^7000[01]\n$/, stderr);
  }
});

uids("a range that is somebody's is refused with the line; gc goes on", ({ world }) => {
  for (const [identity, found] of [
    ["{ first: 1000, last: 70001 }", "of which 1000 to 60000 are login users"],
    ["{ last: 65534 }", "of which 65534 to 65535 are nobody's"],
    ["{ first: 100, last: 900 }", "of which 0 to 999 are system users"],
    ["{ first: 700000000, last: 700000010 }", "are those of systemd's containers"],
    ["{ first: 70001, last: 70000 }", "found UIDs from 70001 to 70000, expected the first one to be the lower"],
    ["{ first: -1 }", 'found identity.first: "-1", expected a whole number'],
  ] as const) {
    configure(world, identity);
    const { status, stderr } = world.run([...RUN, "true"]);
    assert.is(status, 125);
    assert.match(stderr, /^dynuser: cannot read the configuration: .* \(\/etc\/dynuser\/config\.yaml:1\)\n$/);
    assert.ok(stderr.includes(found), stderr);
    assert.is(world.run([DYNUSER, "gc"]).status, 0);
  }
});

uids.run();
