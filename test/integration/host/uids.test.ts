import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER } from "../../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../../support/hosts/testHost.ts";

/** `dynuser uid`, `dynuser gc` and the range, with the binary on a test host. */
const uids = suite<{ testHost: TestHost }>("uids", {} as { testHost: TestHost });
uids.before(async (context) => {
  context.testHost = await openTestHost();
});
uids.after((context) => context.testHost.close());
uids.before.each(({ testHost }) => {
  testHost.sh("rm -rf /run/dynuser/* /var/lib/dynuser /etc/dynuser");
});

const FOO = 63016;
const RUN = [DYNUSER, "run", "-p", "DynamicUser=yes", "--name", "foo", "--"];

const START = `${RUN.join(" ")} sleep 1000 >/dev/null 2>&1 & held=$!; until pgrep -xf '(.*/)?sleep 1000' >/dev/null; do sleep 0.02; done`;

/** What `script` prints while foo is held by a sleeping container. */
function whileHeld(testHost: TestHost, script: string): string {
  const { stdout, stderr } = testHost.sh(
    `dynuser() { ${DYNUSER} "$@"; }; ${START}; ${script}; kill -TERM $held; wait $held 2>/dev/null`,
  );
  assert.is(stderr, "");
  return stdout;
}

uids("uid ls lists held UIDs with their names and containers, as a table and as JSON", ({ testHost }) => {
  const held = JSON.parse(whileHeld(testHost, "dynuser uid ls --json"));
  const { container, from } = held[0].containers[0];
  assert.equal(held, [{ uid: FOO, name: "foo", state: "held", containers: [{ container, engine: "dynuser", from }] }]);
  assert.match(container, /^run-foo-[0-9a-f]{8}$/);
  assert.match(from, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const resting = testHost.run([DYNUSER, "uid", "ls"]).stdout;
  assert.match(resting, /^UID +NAME +STATE +CONTAINERS\n63016 +foo +resting \(\d+ s\) +-\n$/);
});

uids("whois names the holder, or the last one; --at the one of that time", ({ testHost }) => {
  const whois = (...more: readonly string[]) => testHost.run([DYNUSER, "uid", "whois", ...more]);
  assert.equal(whois(String(FOO)).status, 1);
  const during = JSON.parse(whileHeld(testHost, `dynuser uid whois ${FOO} --json`));
  assert.equal([during.length, during[0].name, during[0].state, during[0].to], [1, "foo", "holds", undefined]);
  const [last] = JSON.parse(whois("--json", String(FOO)).stdout);
  assert.equal(Object.keys(last).sort(), ["container", "engine", "from", "name", "state", "to", "uid", "why"]);
  assert.equal([last.name, last.state, last.why], ["foo", "ended", "stopped"]);
  assert.is(whois(String(FOO), "--at", last.from).status, 0);
  assert.is(whois(String(FOO), "--at=2020-01-01 00:00").status, 1);
  assert.match(whois(String(FOO), "--at", "noon").stderr, 'cannot read --at: found "noon", expected a time such as');
});

uids("history lists all starts of a name; a damaged line is reported and stops nothing", ({ testHost }) => {
  for (let start = 0; start < 2; start++) testHost.run([...RUN, "true"]);
  testHost.sh("printf '\\n{' >>/var/lib/dynuser/ledger");
  const { stdout, stderr, status } = testHost.run([DYNUSER, "uid", "history", "foo"]);
  assert.is(status, 0);
  assert.is(stdout.trimEnd().split("\n").length, 3, stdout);
  assert.match(stderr, /^dynuser: cannot read a line of the ledger: .*\(.*\/ledger:\d+\)\n$/);
  assert.is(testHost.run([DYNUSER, "uid", "history", "bar"]).status, 1);
});

uids("gc lists what it collects, and with --dry-run what it would collect", ({ testHost }) => {
  const gc = (...options: readonly string[]) => testHost.run([DYNUSER, "gc", ...options]);
  assert.equal(gc(), { status: 0, stdout: "", stderr: "" });
  testHost.sh(`${START}; kill -KILL $held; wait $held`);
  testHost.sh(
    `mkdir -p /run/dynuser/leases/lone /run/dynuser/containers/gone; echo '{' >/run/dynuser/uids/61200; >/run/systemd/dynamic-uid/61300`,
  );
  const expected = ["container", "lease lone", "uid 61200", "record /run/dynuser/containers/gone", "lock 61300"];
  const foreseen = gc("--dry-run");
  assert.is(foreseen.status, 1);
  for (const one of expected) assert.match(foreseen.stdout, one);
  assert.is(foreseen.stdout.trimEnd().split("\n").length, expected.length, foreseen.stdout);
  const collected = gc();
  assert.is(collected.status, 1, "the exit code reports damage too");
  assert.match(
    collected.stderr,
    "cannot read the lease of UID 61200: found no valid one in /run/dynuser/uids/61200, set aside as",
  );
  assert.ok(collected.stdout.startsWith(foreseen.stdout), collected.stdout);
  assert.match(
    collected.stdout.slice(foreseen.stdout.length),
    /^damaged \/run\/dynuser\/uids\/61200\.damaged-\d+: it could not be read\n$/,
  );
  assert.equal(gc("--dry-run"), { status: 0, stdout: "", stderr: "" });
  assert.is(
    testHost.sh(
      "cat /run/dynuser/containers/* /run/dynuser/holders/* /run/userdb/* 2>/dev/null; pgrep -xf '(.*/)?sleep 1000'",
    ).stdout,
    "",
  );
  assert.equal(JSON.parse(gc("--json").stdout), []);
});

function configure(testHost: TestHost, identity: string): void {
  testHost.sh(`mkdir -p /etc/dynuser; echo 'identity: ${identity}' >/etc/dynuser/config.yaml`);
}

uids("the range is the administrator's choice", ({ testHost }) => {
  configure(testHost, "{ first: 70000, last: 70001, restSeconds: 0 }");
  for (const name of ["foo", "bar", "qux"]) {
    const { stdout, stderr } = testHost.run([DYNUSER, "run", "-p", "DynamicUser=yes", "--name", name, "id", "-u"]);
    assert.match(stdout, /^7000[01]\n$/, stderr);
  }
});

uids("a range that is in use is refused with its line; gc goes on", ({ testHost }) => {
  for (const [identity, found] of [
    ["{ first: 1000, last: 70001 }", "of which 1000 to 60000 are login users"],
    ["{ last: 65534 }", "of which 65534 to 65535 are reserved for the user `nobody`"],
    ["{ first: 100, last: 900 }", "of which 0 to 999 are system users"],
    ["{ first: 700000000, last: 700000010 }", "are those of systemd's containers"],
    ["{ first: 70001, last: 70000 }", "found UIDs from 70001 to 70000, expected the first one to be the lower"],
    ["{ first: -1 }", 'found identity.first: "-1", expected a whole number'],
  ] as const) {
    configure(testHost, identity);
    const { status, stderr } = testHost.run([...RUN, "true"]);
    assert.is(status, 125);
    assert.match(stderr, /^dynuser: cannot read the configuration: .* \(\/etc\/dynuser\/config\.yaml:1\)\n$/);
    assert.ok(stderr.includes(found), stderr);
    assert.is(testHost.run([DYNUSER, "gc"]).status, 0);
  }
});

uids.run();
