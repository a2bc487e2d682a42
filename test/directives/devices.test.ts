import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyDevices } from "../../src/apply/process/devices.ts";
import type { DevicesEdit } from "../../src/model/edit.ts";
import type { Facts } from "../../src/model/facts.ts";
import type { DeviceRule, Spec } from "../../src/oci/spec.ts";
import { planOf, type Situation } from "../support/bundles/plan.ts";
import { factsOfHost } from "../support/hosts/facts.ts";

const DRIVERS = "Character devices:\n  4 tty\n 10 misc\n188 ttyUSB\n\nBlock devices:\n  8 sd\n 65 sd\n  7 loop\n";
const host: Facts["host"] = {
  ...factsOfHost().host,
  look: (path) => ({
    path,
    type: path === "/dev/kmsg" ? "device" : "missing",
    uid: 0,
    gid: 0,
    mode: 0o600,
    ...(path === "/dev/kmsg" && { device: { type: "c", major: 1, minor: 11 } }),
  }),
  read: () => DRIVERS,
};
const situation: Situation = { facts: { host } };

function devices(owner: string, settings: string): DevicesEdit | undefined {
  return planOf(owner, settings, situation).find((change) => change.kind === "devices");
}

/** Without the pseudo devices that are always there. */
function allowed(settings: string): readonly DeviceRule[] {
  return (devices("DeviceAllow", settings)?.allow ?? []).filter(({ major = 0 }) => ![5, 136].includes(major)).slice(12);
}

test("devices are not restricted without a setting", () => {
  assert.is(devices("DevicePolicy", "DevicePolicy=auto"), undefined);
  assert.is(
    planOf("ProtectClock", "ProtectClock=yes", situation).some(({ kind }) => kind === "devices"),
    false,
  );
});

test("DevicePolicy=closed allows pseudo devices and terminals, strict denies them too", () => {
  const closed = devices("DevicePolicy", "DevicePolicy=closed")!.allow;
  assert.equal(closed[0], { allow: true, type: "c", major: 1, minor: 3, access: "rwm" });
  assert.is(closed.filter(({ minor }) => minor === undefined).length, 8);
  assert.equal(devices("DevicePolicy", "DevicePolicy=strict")!.allow, []);
});

test("a device is specified by its node, its driver or a pattern of drivers", () => {
  assert.equal(allowed("DeviceAllow=/dev/kmsg r"), [{ allow: true, type: "c", major: 1, minor: 11, access: "r" }]);
  assert.equal(allowed("DeviceAllow=char-ttyU* w"), [{ allow: true, type: "c", major: 188, access: "w" }]);
  assert.equal(
    allowed("DeviceAllow=block-s[a-d]").map(({ major }) => major),
    [8, 65],
  );
  assert.equal(allowed("DeviceAllow=block-*"), [{ allow: true, type: "b", access: "rwm" }]);
});

test("a missing device is reported", () => {
  assert.equal(
    planOf("DeviceAllow", "DeviceAllow=/dev/none\nDeviceAllow=char-none", situation).filter(
      ({ kind }) => kind === "warning",
    ),
    [
      { kind: "warning", text: "found no device /dev/none on this host" },
      { kind: "warning", text: "found no device char-none on this host" },
    ],
  );
});

test("ProtectClock= allows reading clocks if devices are restricted", () => {
  const drivers = "Character devices:\n251 rtc\n";
  const clocks = { facts: { host: { ...host, read: () => drivers } } };
  const [edit] = planOf("DevicePolicy", "DevicePolicy=strict\nProtectClock=yes", clocks);
  assert.equal(edit, {
    kind: "devices",
    allow: [{ allow: true, type: "c", major: 251, access: "r" }],
    dropsNodes: false,
  });
});

const KMSG: DeviceRule = { allow: true, type: "c", major: 1, minor: 11, access: "rw" };

function cut(before: readonly DeviceRule[] | undefined, edit: DevicesEdit): readonly DeviceRule[] | undefined {
  const resources = before === undefined ? {} : { devices: before };
  const spec: Spec = { ociVersion: "1.0.2", linux: { resources } };
  return applyDevices(spec, [edit]).linux?.resources?.devices;
}

const DENY: DeviceRule = { allow: false, access: "rwm" };

test("only devices that both the engine and the service allow can be used", () => {
  const edit: DevicesEdit = { kind: "devices", allow: [KMSG], dropsNodes: false };
  assert.equal(cut([{ allow: true, type: "a", access: "rwm" }], edit), [DENY, KMSG]);
  assert.equal(cut([DENY], edit), [DENY]);
  assert.equal(cut([DENY, { allow: true, type: "c", major: 1, minor: -1, access: "r" }], edit), [
    DENY,
    { allow: true, type: "c", major: 1, minor: 11, access: "r" },
  ]);
  assert.equal(cut([DENY, { allow: true, type: "b", major: 1, minor: 11 }], edit), [DENY]);
});

test("devices that a later rule of the engine denies stay denied", () => {
  const edit: DevicesEdit = { kind: "devices", allow: [{ allow: true, type: "c", access: "rwm" }], dropsNodes: false };
  const back: DeviceRule = { allow: false, type: "c", major: 1, minor: 11, access: "rwm" };
  assert.equal(cut([{ allow: true, type: "a", access: "rwm" }, back], edit), [
    DENY,
    { allow: true, type: "c", access: "rwm" },
    back,
  ]);
});

test("PrivateDevices= removes the engine's nodes that are not allowed", () => {
  const node = { type: "c", path: "/dev/kmsg", major: 1, minor: 11 } as const;
  const fuse = { type: "c", path: "/dev/fuse", major: 10, minor: 229 } as const;
  const spec: Spec = { ociVersion: "1.0.2", linux: { devices: [node, fuse] } };
  const edit: DevicesEdit = { kind: "devices", allow: [KMSG], dropsNodes: true };
  assert.equal(applyDevices(spec, [edit]).linux?.devices, [node]);
});

test.run();
