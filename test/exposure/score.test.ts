import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { placeAt, placesOf } from "../../src/exposure/access.ts";
import { ASSESSORS } from "../../src/exposure/assessors.ts";
import { formatTenths, measureExposure, weigh } from "../../src/exposure/score.ts";
import type { Subject } from "../../src/exposure/subject.ts";
import type { Spec } from "../../src/oci/spec.ts";

const IMAGE: Omit<Subject, "spec"> = {
  isHostRoot: false,
  submounts: [],
  removesIpc: false,
  exists: () => true,
  isNativeCall: () => true,
};

const EMPTY: Spec = {
  ociVersion: "1.0.2",
  process: { user: { uid: 1000, gid: 1000 }, cwd: "/" },
  root: { path: "rootfs" },
};

function badness(spec: Partial<Spec>, field: string, subject: Partial<Subject> = {}): number | undefined {
  const { rows } = measureExposure({ ...IMAGE, ...subject, spec: { ...EMPTY, ...spec } });
  const row = rows.find(({ assessor }) => assessor.field === field);
  if (row === undefined) throw new Error(`no row ${field}`);
  return row.badness;
}

const DOCKER = JSON.parse(
  readFileSync(`${import.meta.dirname}/../support/engines/engineProfiles/docker-20.10.24.json`, "utf8"),
);

test("the worst of all assessments is 10.0, the best 0.0", () => {
  assert.is(formatTenths(weigh(ASSESSORS.map((one) => [one, one.range])).tenths), "10.0");
  assert.is(formatTenths(weigh(ASSESSORS.map((one) => [one, 0])).tenths), "0.0");
  assert.is(weigh(ASSESSORS.map((one) => [one, one.range])).level, "DANGEROUS");
});

test("assessors that do not apply have no weight", () => {
  const rows = ASSESSORS.map((one, index) => [one, index === 0 ? one.range : undefined] as const);
  assert.is(formatTenths(weigh(rows).tenths), "10.0");
});

test("RemoveIPC= is not assessed for root", () => {
  const process = { user: { uid: 0, gid: 0 }, cwd: "/" };
  assert.is(badness({ process }, "RemoveIPC"), undefined);
  assert.is(badness({ process }, "UserOrDynamicUser"), 10);
  assert.is(badness({ process: { ...process, user: { uid: 65534, gid: 65534 } } }, "UserOrDynamicUser"), 9);
});

test("a new network namespace without a hook that connects it counts as no network", () => {
  const linux = { namespaces: [{ type: "network" as const }] };
  assert.is(badness({ linux }, "PrivateNetwork"), 0);
  assert.is(badness({ linux: { namespaces: [{ type: "network", path: "/run/netns/x" }] } }, "PrivateNetwork"), 1);
  assert.is(
    badness({ linux, hooks: { prestart: [{ path: "/x", args: ["libnetwork-setkey"] }] } }, "PrivateNetwork"),
    1,
  );
});

test("Docker's default profile is evaluated as by the kernel", () => {
  const linux = { seccomp: DOCKER.seccomp ?? DOCKER };
  assert.is(badness({ linux }, "SystemCallFilter_reboot"), 0);
  assert.is(badness({ linux }, "SystemCallFilter_privileged"), 9, "chown is allowed");
  assert.is(badness({ linux }, "RestrictNamespaces_user"), 0);
  assert.is(badness({ linux }, "LockPersonality"), 1);
  assert.is(badness({}, "SystemCallFilter_reboot"), 10, "no profile at all");
});

test("bind mounts of the host's homes count in a container", () => {
  const bind = (options: string[]) => [{ destination: "/data", type: "bind", source: "/home/me", options }];
  assert.is(badness({}, "ProtectHome"), 0);
  assert.is(badness({ mounts: bind(["rbind"]) }, "ProtectHome"), 10);
  assert.is(badness({ mounts: bind(["rbind", "ro"]) }, "ProtectHome"), 5);
});

test("the host's tree is assessed as it is mounted inside", () => {
  const host = { isHostRoot: true };
  assert.is(badness({ root: { path: "/", readonly: true } }, "ProtectSystem", host), 0);
  const readOnly = (destination: string) => ({
    destination,
    type: "bind",
    source: destination,
    options: ["rbind", "rro"],
  });
  assert.is(badness({ mounts: [readOnly("/usr")] }, "ProtectSystem", host), 5);
  assert.is(badness({ mounts: [readOnly("/usr"), readOnly("/etc")] }, "ProtectSystem", host), 3);
  assert.is(badness({}, "PrivateTmp", host), 1);
});

test("a home directory that the host lacks does not count", () => {
  const bare = { isHostRoot: true, exists: (path: string) => path !== "/run/user" };
  const emptied = (destination: string) => ({ destination, type: "tmpfs", source: "tmpfs", options: ["ro"] });
  const mounts = ["/home", "/root"].map(emptied);
  assert.is(badness({ mounts }, "ProtectHome", bare), 1);
  assert.is(badness({ mounts }, "ProtectHome", { isHostRoot: true }), 10);
});

test("allowed devices beyond the pseudo devices count half", () => {
  const devices = (...rules: readonly object[]) => ({
    linux: { resources: { devices: [{ allow: false, access: "rwm" }, ...rules] } } as Spec["linux"] & object,
  });
  assert.is(badness({ linux: devices().linux }, "DeviceAllow"), 0);
  assert.is(
    badness({ linux: devices({ allow: true, type: "c", major: 1, minor: 3, access: "rwm" }).linux }, "DeviceAllow"),
    0,
  );
  assert.is(
    badness({ linux: devices({ allow: true, type: "b", major: 8, minor: 0, access: "r" }).linux }, "DeviceAllow"),
    5,
  );
  assert.is(badness({}, "DeviceAllow"), 10);
});

test("the nearest mount decides the access to a path", () => {
  const spec: Spec = {
    ...EMPTY,
    root: { path: "rootfs", readonly: true },
    mounts: [
      {
        destination: "/var/lib/web/",
        type: "bind",
        source: "/x",
        options: ["rbind"],
        uidMappings: [{ containerID: 65534, hostID: 61184, size: 1 }],
      },
      { destination: "/home", type: "bind", source: "/run/dynuser/inaccessible/dir", options: ["bind", "ro"] },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: [] },
    ],
    linux: { maskedPaths: ["/proc/kcore"] },
  };
  const places = placesOf({ ...IMAGE, spec });
  const at = (path: string) => placeAt(places, path);
  assert.is(at("/etc").access, "readOnly");
  assert.is(at("/var/lib/web/x").access, "writable");
  assert.ok(at("/var/lib/web/x").isIdMapped);
  assert.is(at("/home/me").access, "inaccessible");
  assert.ok(at("/tmp/x").isTemporary);
  assert.is(at("/proc/kcore").access, "inaccessible");
  assert.is(at("/tmpfs").access, "readOnly", "a name that begins alike is another one");
});

test.run();
