import { readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  DYNUSER,
  type Laboratory,
  openLaboratory,
  RUNTIMES,
  type RuntimeName,
} from "../../support/hosts/comparisonHost.ts";
import { treeOf } from "../../support/hosts/roots.ts";
import { bootSystemdHost, type SystemdHost } from "../../support/hosts/systemdHost.ts";
import { ATTEMPTS, makePeers, PROBE } from "../../support/network/attempts.ts";

const FILE = "/run/harness/attempts.json";

let laboratory: Laboratory;
/** The newest systemd. */
let newest: SystemdHost;

test.before(async () => {
  laboratory = await openLaboratory({ layers: ["tests"] });
  makePeers(laboratory.reference);
  writeFileSync(laboratory.reference.root + FILE, JSON.stringify(ATTEMPTS));
});

test.before(async () => {
  newest = await bootSystemdHost({ tree: treeOf("sid") });
  makePeers(newest);
  writeFileSync(newest.root + FILE, JSON.stringify(ATTEMPTS));
});

test.after(async () => {
  await laboratory?.stop();
  await newest?.stop();
});

const SETTINGS: readonly string[] = [
  "",
  "IPAddressDeny=any",
  "IPAddressDeny=any IPAddressAllow=localhost",
  "IPAddressDeny=any IPAddressAllow=link-local IPAddressAllow=multicast",
  "IPAddressDeny=localhost",
  "IPAddressDeny=0.0.0.0/0",
  "IPAddressDeny=::/0",
  "IPAddressDeny=10.77.0.2",
  "IPAddressDeny=10.77.0.0/24 IPAddressAllow=10.77.0.2/31",
  "IPAddressDeny=10.77.0.3/24 IPAddressDeny=fd77::3/64 IPAddressAllow=fd77::2",
  "IPAddressDeny=multicast",
  "IPAddressDeny=link-local",
  "IPAddressAllow=10.77.0.2",
  "IPAddressDeny=any PrivateNetwork=yes",
  "RestrictNetworkInterfaces=lo",
  "RestrictNetworkInterfaces=~lo",
  "RestrictNetworkInterfaces=uplink",
  "RestrictNetworkInterfaces=nowhere",
  "RestrictNetworkInterfaces=~uplink RestrictNetworkInterfaces=uplink RestrictNetworkInterfaces=~lo",
  "SocketBindDeny=any",
  "SocketBindDeny=any SocketBindAllow=tcp:7100-7200",
  "SocketBindDeny=ipv6",
  "SocketBindDeny=ipv4:udp SocketBindDeny=ipv6:tcp:7150",
  "SocketBindDeny=7150 SocketBindAllow=udp",
  "SocketBindDeny=tcp SocketBindAllow=ipv6:tcp:7100-7149",
  "IPAddressDeny=any IPAddressAllow=127.0.0.1 RestrictNetworkInterfaces=~uplink SocketBindDeny=udp",
];

for (const settings of SETTINGS) {
  const words = settings.split(" ").filter((word) => word !== "");
  let expected: string;

  test(`systemd answers with ${settings || "no filter"}`, () => {
    expected = withSystemd(words);
    assert.is(expected.trim().split("\n").length, ATTEMPTS.length);
  });

  test(`the newest systemd answers alike with ${settings || "no filter"}`, () => {
    assert.is(withSystemd(words, newest), expected);
  });

  for (const runtime of Object.keys(RUNTIMES) as RuntimeName[]) {
    test(`every attempt goes with ${runtime} as under systemd: ${settings || "no filter"}`, () => {
      assert.is(withDynuser(words, runtime), expected);
    });
  }
}

test("a command with + has the filters, too", () => {
  const unit = "[Service]\nType=oneshot\nIPAddressDeny=any\nExecStartPre=+/usr/bin/python3 %s\nExecStart=/bin/true\n";
  const { root, run } = laboratory.reference;
  writeFileSync(`${root}/run/harness/plus.service`, unit.replace("%s", `${PROBE} ${FILE}`));
  const { stdout } = run([DYNUSER, "run", "--unit", "/run/harness/plus.service"]);
  assert.is(stdout, withSystemd(["IPAddressDeny=any"]));
});

test("IPAccounting= counts what systemd counts: packets that pass", () => {
  const { root, run } = laboratory.reference;
  // The number of TCP's segments depends on the time between them.
  writeFileSync(`${root}${FILE}.udp`, JSON.stringify(ATTEMPTS.filter(([kind]) => kind === "udp" || kind === "raw")));
  const settings = ["IPAccounting=yes", "IPAddressDeny=fd77::/64"].flatMap((one) => ["-p", one]);
  const command = ["/usr/bin/python3", PROBE, `${FILE}.udp`];
  run(["systemd-run", "--unit=counted", "-p", "RemainAfterExit=yes", "-p", "Type=oneshot", ...settings, ...command]);
  const expected = Object.keys(COUNTERS).map(
    (name) => run(["systemctl", "show", "-P", name, "counted.service"]).stdout,
  );
  run(["systemctl", "stop", "counted.service"]);
  run([DYNUSER, "run", "-p", "DynamicUser=no", "--result", "/run/harness/result.json", ...settings, "--", ...command]);
  const { network } = JSON.parse(readFileSync(`${root}/run/harness/result.json`, "utf8"));
  assert.ok(Number(expected[0]) > 0);
  assert.equal(
    Object.values(COUNTERS).map((name) => network[name]),
    expected.map(Number),
  );
});

/** systemd's properties, and what --result calls them. */
const COUNTERS = {
  IPIngressBytes: "ingressBytes",
  IPIngressPackets: "ingressPackets",
  IPEgressBytes: "egressBytes",
  IPEgressPackets: "egressPackets",
};

function withSystemd(settings: readonly string[], host = laboratory.reference): string {
  const command = ["systemd-run", "--wait", "-P", ...settings.flatMap((one) => ["-p", one])];
  return answers(command, host);
}

function withDynuser(settings: readonly string[], runtime: RuntimeName): string {
  const options = ["--runtime", RUNTIMES[runtime], "-p", "DynamicUser=no", ...settings.flatMap((one) => ["-p", one])];
  return answers([DYNUSER, "run", "--quiet", ...options, "--"]);
}

function answers(command: readonly string[], host = laboratory.reference): string {
  const { status, stdout, stderr } = host.run([...command, "/usr/bin/python3", PROBE, FILE]);
  assert.is(status, 0, `${command.join(" ")}: ${stderr}`);
  return stdout;
}

test.run();
