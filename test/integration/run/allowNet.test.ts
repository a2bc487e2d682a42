import { readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DYNUSER, type Laboratory, openLaboratory, RUNTIMES } from "../../support/hosts/comparisonHost.ts";
import { makePeers, PROBE } from "../../support/network/attempts.ts";

const FILE = "/run/harness/allow.json";
const RESULT = "/run/harness/allowed.json";

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory({ layers: ["tests"] });
  makePeers(laboratory.reference);
  writeFileSync(
    `${laboratory.reference.root}/etc/hosts`,
    "127.0.0.1 localhost\n10.77.0.2 web.test\nfd77::2 web.test\n",
  );
});

test.after(() => laboratory?.stop());

const DESTINATIONS = ["127.0.0.1", "10.77.0.2", "10.77.0.3", "fd77::2", "fd77::3"];
const PORTS = [7000, 7001];
/** The peer answers datagrams to its other addresses from this one. */
const ANSWERS_UDP = "10.77.0.2";

/** The attempts that are answered, as `tcp 10.77.0.2 7000`. */
function reached(options: readonly string[]): readonly string[] {
  const { root, run } = laboratory.reference;
  const attempts = DESTINATIONS.flatMap((address) =>
    PORTS.flatMap((port) => [["tcp", address, port], ...(ANSWERS_UDP === address ? [["udp", address, port]] : [])]),
  );
  writeFileSync(root + FILE, JSON.stringify(attempts));
  const command = [
    DYNUSER,
    "run",
    "--result",
    RESULT,
    "-p",
    "DynamicUser=no",
    ...options,
    "--",
    "python3",
    PROBE,
    FILE,
  ];
  const { status, stdout, stderr } = run(command);
  assert.is(status, 0, stderr);
  return stdout.split("\n").flatMap((line) => /^(.*) answer$/.exec(line)?.[1] ?? []);
}

for (const runtime of Object.values(RUNTIMES)) {
  test(`packets pass to the listed hosts and ports alone (${runtime})`, () => {
    const options = ["--runtime", runtime, "--allow-net", "10.77.0.2:7000,[fd77::3]:7001", "--allow-net", "10.77.0.3"];
    assert.equal(reached(options), [
      "tcp 10.77.0.2 7000",
      "udp 10.77.0.2 7000",
      "tcp 10.77.0.3 7000",
      "tcp 10.77.0.3 7001",
      "tcp fd77::3 7001",
    ]);
  });
}

test("a name stands for its addresses at the start, and /etc/hosts has it", () => {
  assert.equal(reached(["--allow-net", "web.test:7000"]), [
    "tcp 10.77.0.2 7000",
    "udp 10.77.0.2 7000",
    "tcp fd77::2 7000",
  ]);
  const { stdout } = laboratory.reference.run([DYNUSER, "run", "--allow-net", "web.test", "--", "cat", "/etc/hosts"]);
  assert.match(stdout, /^10\.77\.0\.2 web\.test\nfd77::2 web\.test\n|^fd77::2 web\.test\n10\.77\.0\.2 web\.test\n/);
});

test("refused connections are in the result", () => {
  reached(["--allow-net", "10.77.0.2"]);
  const { refusedConnections } = JSON.parse(readFileSync(laboratory.reference.root + RESULT, "utf8"));
  const places = refusedConnections.map(({ protocol, address, port }: Record<string, unknown>) =>
    [protocol, address, port].join(" "),
  );
  const refused = DESTINATIONS.filter((address) => address !== "10.77.0.2");
  const expected = refused.flatMap((address) => PORTS.map((port) => `tcp ${address} ${port}`));
  assert.equal(places.sort(), expected.sort());
});

test("the settings of addresses and --allow-net both have to let a packet pass", () => {
  assert.equal(reached(["--allow-net", "10.77.0.2:7000,10.77.0.3:7000", "-p", "IPAddressDeny=10.77.0.3"]), [
    "tcp 10.77.0.2 7000",
    "udp 10.77.0.2 7000",
  ]);
});

test("the profile agent reaches the list, and nothing without one", () => {
  // crun 1.8 raises its own limits to filter devices, which this machine may not allow.
  const agent = ["--runtime", RUNTIMES.runc, "--profile", "agent", "-p", "BindReadOnlyPaths=/run/harness"];
  assert.equal(reached(agent), []);
  assert.equal(reached([...agent, "--allow-net", "10.77.0.2:7000"]), ["tcp 10.77.0.2 7000", "udp 10.77.0.2 7000"]);
});

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "expected a name or an address": ["--allow-net", "10.0.0.0/8:80"],
  'cannot resolve "nowhere.invalid"': ["--allow-net", "nowhere.invalid"],
  "cannot honour both --network none and --allow-net": ["--network", "none", "--allow-net", "10.77.0.2"],
  "cannot honour both --network none and NetworkNamespacePath=": [
    ...["--network", "none", "-p", "NetworkNamespacePath=/run/netns/peer"],
  ],
};

for (const [message, options] of Object.entries(REFUSED)) {
  test(`${options.join(" ")} is refused`, () => {
    const { status, stderr } = laboratory.reference.run([DYNUSER, "run", ...options, "--", "true"]);
    assert.is(status, 125);
    assert.match(stderr, message);
  });
}

test("--network host says that it overrides PrivateNetwork=yes", () => {
  const { run } = laboratory.reference;
  const options = ["-p", "PrivateNetwork=yes", "--network", "host", "--", "ls", "/sys/class/net"];
  const { stdout, stderr } = run([DYNUSER, "run", ...options]);
  assert.match(stdout, /uplink/);
  assert.match(stderr, "--network host overrides PrivateNetwork=yes (-p)");
  assert.is(run([DYNUSER, "run", "--strict", ...options]).status, 125);
});

test.run();
