import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressRanges } from "../../src/values/addressRanges.ts";
import { planOf } from "../support/bundles/plan.ts";
import { recordReading } from "../support/systemd/reading.ts";

const OWN = { kind: "namespace", type: "network" };
const UNFILTERED = { facts: { networkObstacle: () => "no cgroup of version 2" } };

function changesOf(settings: string): readonly unknown[] {
  return planOf("IPAddressDeny", settings, UNFILTERED);
}

test("both lists become one rule of packets", () => {
  const deny = [{ address: "10.0.0.0", bits: 8 }];
  const allow = [{ address: "10.1.2.3", bits: 32 }];
  assert.equal(planOf("IPAddressDeny", "IPAddressDeny=10.0.0.0/8\nIPAddressAllow=10.1.2.3"), [
    { kind: "networkRule", owner: "IPAddressDeny", rule: { kind: "packets", allow, deny } },
  ]);
});

test("without filters IPAddressDeny=any, also with localhost allowed, is a network namespace without devices", () => {
  for (const settings of ["IPAddressDeny=any", "IPAddressDeny=0.0.0.0/0 ::/0\nIPAddressAllow=localhost 127.0.0.5"]) {
    const changes = changesOf(settings);
    assert.equal(changes[0], OWN);
    assert.match(JSON.stringify(changes.at(-1)), /where loopback answers, as there is no cgroup of version 2/);
  }
  assert.is(changesOf("IPAddressDeny=10.0.0.0/8\nPrivateNetwork=yes")[0], undefined);
});

test("without filters other address lists are refused with the reason and the alternative", () => {
  for (const settings of [
    "IPAddressDeny=10.0.0.0/8",
    "IPAddressDeny=0.0.0.0/0",
    "IPAddressDeny=any\nIPAddressAllow=10.1.2.3",
  ])
    assert.throws(() => changesOf(settings), /found no cgroup of version 2, .*PrivateNetwork=yes/, settings);
});

test("without filters limits of bind(2) and of interfaces are refused, and nothing is counted", () => {
  assert.throws(() => planOf("SocketBindDeny", "SocketBindDeny=any", UNFILTERED), /found no cgroup of version 2/);
  const interfaces = "RestrictNetworkInterfaces=lo";
  assert.throws(() => planOf("RestrictNetworkInterfaces", interfaces, UNFILTERED), /found no cgroup of version 2/);
  assert.equal(planOf("IPAccounting", "IPAccounting=yes", UNFILTERED), [
    { kind: "warning", text: "counts nothing, as there is no cgroup of version 2" },
  ]);
});

test("IPAddressAllow= and SocketBindAllow= without a list of what is denied have no effect", () => {
  assert.equal(planOf("IPAddressAllow", "IPAddressAllow=10.0.0.0/8"), []);
  assert.equal(planOf("SocketBindAllow", "SocketBindAllow=any"), []);
});

test("an invalid address is reported and dropped", () => {
  const reading = recordReading();
  assert.equal(addressRanges.parse("fe80::/10 1.2.3.4/33 10.0.0.1", reading), [
    { address: "fe80::", bits: 10 },
    { address: "10.0.0.1", bits: 32 },
  ]);
  assert.is(reading.complaints.length, 1);
});

test.run();
