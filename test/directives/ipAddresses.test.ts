import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressRanges } from "../../src/values/addressRanges.ts";
import { planOf } from "../support/plan.ts";
import { recordReading } from "../support/reading.ts";

const OWN = { kind: "namespace", type: "network" };

function firstOf(settings: string): unknown {
  return planOf("IPAddressDeny", settings)[0];
}

test("no addresses at all, or only its own, is a network without devices", () => {
  assert.equal(firstOf("IPAddressDeny=any"), OWN);
  assert.equal(firstOf("IPAddressDeny=0.0.0.0/0 ::/0\nIPAddressAllow=localhost 127.0.0.5"), OWN);
  assert.is(firstOf("IPAddressDeny=10.0.0.0/8\nPrivateNetwork=yes"), undefined);
});

test("anything in between is refused with what to use instead", () => {
  for (const settings of [
    "IPAddressDeny=10.0.0.0/8",
    "IPAddressDeny=0.0.0.0/0",
    "IPAddressDeny=any\nIPAddressAllow=10.1.2.3",
  ])
    assert.throws(() => firstOf(settings), /expected any .*PrivateNetwork=yes/, settings);
});

test("allowing without denying has no effect", () => {
  assert.equal(planOf("IPAddressAllow", "IPAddressAllow=10.0.0.0/8"), []);
});

test("an address that is none is left out with a complaint", () => {
  const reading = recordReading();
  assert.equal(addressRanges.parse("fe80::/10 1.2.3.4/33 10.0.0.1", reading), [
    { address: "fe80::", bits: 10 },
    { address: "10.0.0.1", bits: 32 },
  ]);
  assert.is(reading.complaints.length, 1);
});

test.run();
