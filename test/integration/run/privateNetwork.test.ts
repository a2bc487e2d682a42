import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  DYNUSER,
  installLibraries,
  type Laboratory,
  openLaboratory,
  RUNTIMES,
} from "../../support/hosts/comparisonHost.ts";
import { makePeers, PROBE } from "../../support/network/attempts.ts";

const FILE = "/run/harness/private.json";
const RESULT = "/run/harness/private-result.json";
const UPLINKS = ["/usr/bin/slirp4netns", "/usr/bin/pasta"];

let laboratory: Laboratory;

test.before(async () => {
  laboratory = await openLaboratory({ layers: ["tests"] });
  const { root, run } = laboratory.reference;
  makePeers(laboratory.reference);
  const node = run(["sh", "-ec", "mkdir -p /dev/net; mknod -m 666 /dev/net/tun c 10 200"]);
  assert.is(node.status, 0, node.stderr);
  const attempts = ["10.77.0.2", "10.77.0.3", "10.77.0.1", "127.0.0.1"].map((address) => ["tcp", address, 7000]);
  writeFileSync(root + FILE, JSON.stringify(attempts));
});

test.after(() => laboratory?.stop());

function install(uplink: string): void {
  const { root } = laboratory.reference;
  for (const one of UPLINKS) rmSync(root + one, { force: true });
  copyFileSync(uplink, root + uplink);
  installLibraries(root, uplink);
}

function reached(options: readonly string[]): readonly string[] {
  const command = [DYNUSER, "run", "--network", "private", ...options, "--", "python3", PROBE, FILE];
  const { status, stdout, stderr } = laboratory.reference.run(command);
  assert.is(status, 0, stderr);
  return stdout.split("\n").flatMap((line) => /^tcp (\S+) 7000 answer$/.exec(line)?.[1] ?? []);
}

/** Shell that waits until none of these runs. */
function untilGone(uplink: string): string {
  return `while cat /proc/[0-9]*/comm 2>/dev/null | grep -qx ${uplink.split("/").at(-1)}; do :; done`;
}

for (const uplink of UPLINKS) {
  for (const runtime of Object.values(RUNTIMES)) {
    test(`a private network reaches other hosts by ${uplink}, and nothing of this one (${runtime})`, () => {
      install(uplink);
      const found = reached(["--runtime", runtime]);
      assert.equal(found.slice(0, 2), ["10.77.0.2", "10.77.0.3"]);
      assert.not.ok(found.includes("127.0.0.1"));
      assert.is(laboratory.reference.run(["sh", "-c", untilGone(uplink)]).status, 0);
    });
  }

  test(`${uplink} and --allow-net: listed hosts alone`, () => {
    install(uplink);
    assert.equal(reached(["--allow-net", "10.77.0.3:7000", "--result", RESULT]), ["10.77.0.3"]);
    const { refusedConnections } = JSON.parse(readFileSync(laboratory.reference.root + RESULT, "utf8"));
    const addresses = refusedConnections.map(({ address }: { readonly address: string }) => address);
    assert.ok(addresses.includes("10.77.0.2"));
  });

  test(`${uplink}: all commands of a service share one network, and /etc/resolv.conf names its resolver`, () => {
    install(uplink);
    const path = "/run/harness/several.service";
    const commands = ["readlink /proc/self/ns/net", "readlink /proc/self/ns/net", "cat /etc/resolv.conf"];
    const lines = commands.map((command) => `ExecStart=${command}`);
    writeFileSync(laboratory.reference.root + path, `[Service]\nType=oneshot\n${lines.join("\n")}\n`);
    const { stdout, stderr } = laboratory.reference.run([DYNUSER, "run", "--network", "private", "--unit", path]);
    const [first, second, nameserver = ""] = stdout.split("\n");
    assert.match(first ?? "", /^net:/, stderr);
    assert.is(first, second);
    assert.match(nameserver, /^nameserver (10\.0\.2\.3|169\.254\.1\.1)$/);
  });

  test(`${uplink} ends with a dynuser that is killed`, () => {
    install(uplink);
    const killed = `${DYNUSER} run --network private -- sh -c 'echo started; sleep 1000' >/run/harness/started 2>&1 &
      pid=$!
      until grep -q started /run/harness/started; do :; done
      kill -9 $pid
      ${untilGone(uplink)}
      ${DYNUSER} gc`;
    const { status, stderr } = laboratory.reference.run(["sh", "-c", killed]);
    assert.is(status, 0, stderr);
  });
}

const NFT = "/usr/sbin/nft";

function asAlice(options: readonly string[]) {
  const places = ["HOME=/home/alice", "XDG_RUNTIME_DIR=/run/alice"];
  const user = ["setpriv", "--reuid=alice", "--regid=alice", "--clear-groups", "env", ...places];
  return laboratory.reference.run([...user, DYNUSER, "run", ...options]);
}

test("a user without root reaches the hosts of --allow-net alone, and cannot change that", () => {
  const { root, run } = laboratory.reference;
  install(UPLINKS[0]!);
  copyFileSync(NFT, root + NFT);
  installLibraries(root, NFT);
  run(["install", "-d", "-o", "alice", "-m", "700", "/run/alice"]);
  for (const settings of [[], ["-p", "DynamicUser=no"]]) {
    const script = `${NFT} flush ruleset; python3 ${PROBE} ${FILE}`;
    const { stdout, stderr } = asAlice(["--allow-net", "10.77.0.3:7000", ...settings, "--", "sh", "-c", script]);
    assert.match(stderr, "Operation not permitted", stderr);
    assert.equal(stdout.match(/^.* answer$/gm), ["tcp 10.77.0.3 7000 answer"], stderr);
  }
});

test("without root the result has the refused connections, which fail at once", () => {
  const { root } = laboratory.reference;
  const attempts = [
    ["tcp", "10.77.0.2", 7000],
    ["tcp", "10.77.0.2", 7001],
    ["udp", "10.77.0.2", 7000],
    ["raw", "10.77.0.2", 0],
  ];
  writeFileSync(`${root}/run/harness/refused.json`, JSON.stringify(attempts));
  const words = ["--allow-net", "10.77.0.3", "--result", "-", "--", "python3", PROBE, "/run/harness/refused.json"];
  const { stdout, stderr } = asAlice(words);
  const { refusedConnections } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  const found = refusedConnections.map(({ protocol, address, port, packets }: Record<string, unknown>) =>
    [protocol, address, port, packets].join(" "),
  );
  assert.equal(found.sort(), ["tcp 10.77.0.2 7000 1", "tcp 10.77.0.2 7001 1", "udp 10.77.0.2 7000 1"], stdout + stderr);
});

test("without root IPv6 reaches the listed hosts alone", () => {
  install(UPLINKS[1]!);
  const { root, run } = laboratory.reference;
  run(["ip", "-6", "route", "add", "default", "via", "fd77::2"]);
  // The address of a new link is not in use at once.
  const addresses = ["fd77::2", ...Array.from({ length: 8 }, () => "fd77::3"), "fd77::2"];
  writeFileSync(`${root}/run/harness/six.json`, JSON.stringify(addresses.map((address) => ["tcp", address, 7000])));
  const words = ["--allow-net", "[fd77::3]:7000", "--", "python3", PROBE, "/run/harness/six.json"];
  const { stdout, stderr } = asAlice(words);
  const answered = new Set(stdout.match(/^.* answer$/gm));
  assert.equal([...answered], ["tcp fd77::3 7000 answer"], stdout + stderr);
  install(UPLINKS[0]!);
});

test("without nftables, and on the host's network, a user without root gets the remedy", () => {
  rmSync(laboratory.reference.root + NFT, { force: true });
  assert.match(asAlice(["--allow-net", "10.77.0.3", "--", "true"]).stderr, "expected nftables to be installed");
  const onHost = asAlice(["--network", "host", "--allow-net", "10.77.0.3", "--", "true"]);
  assert.match(onHost.stderr, "or --network private");
  assert.is(onHost.status, 125);
});

test("without a program for the uplink, --network private is refused with the remedy", () => {
  for (const one of UPLINKS) rmSync(laboratory.reference.root + one, { force: true });
  const { status, stderr } = laboratory.reference.run([DYNUSER, "run", "--network", "private", "--", "true"]);
  assert.is(status, 125);
  assert.match(stderr, "expected slirp4netns or pasta");
});

test.run();
