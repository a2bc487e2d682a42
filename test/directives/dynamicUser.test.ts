import { test } from "uvu";
import * as assert from "uvu/assert";
import { DynamicUser } from "../../src/directives/dynamicUser.ts";
import { NoNewPrivileges } from "../../src/directives/noNewPrivileges.ts";
import { PrivateTmp } from "../../src/directives/privateTmp.ts";
import { ProtectHome } from "../../src/directives/protectHome.ts";
import { ProtectSystem } from "../../src/directives/protectSystem.ts";
import { RemoveIPC } from "../../src/directives/removeIpc.ts";
import { RestrictSUIDSGID } from "../../src/directives/restrictSuidSgid.ts";
import type { SeccompEdit } from "../../src/model/edit.ts";
import type { Mount } from "../../src/oci/spec.ts";
import { contextOf, DYNAMIC, planOf, type Situation } from "../support/bundles/plan.ts";
import { factsOfHost, fakeTree } from "../support/hosts/facts.ts";

/** Calls that the filter of these settings names. */
function filteredCalls(settings: string, situation: Situation = {}): ReadonlySet<string> {
  const edits = planOf("RestrictSUIDSGID", settings, { ...situation, identity: DYNAMIC }) as readonly SeccompEdit[];
  return new Set(edits.flatMap((edit) => edit.filter.rules.flatMap((rule) => rule.calls)));
}

test("DynamicUser= implies its sandbox, even against explicit settings", () => {
  const settings =
    "ProtectSystem=no\nProtectHome=no\nPrivateTmp=no\nNoNewPrivileges=no\nRemoveIPC=no\nRestrictSUIDSGID=no\nDynamicUser=yes";
  for (const text of ["DynamicUser=yes", settings]) {
    const { service } = contextOf(text);
    assert.is(service.get(ProtectSystem), "strict");
    assert.is(service.get(ProtectHome), "read-only");
    assert.is(service.get(PrivateTmp), "disconnected");
    for (const flag of [NoNewPrivileges, RemoveIPC, RestrictSUIDSGID]) {
      assert.is(service.get(flag), true);
      assert.is(service.impliedBy(flag), DynamicUser);
    }
  }
});

test("DynamicUser= keeps other values of ProtectHome= and PrivateTmp=, but not of ProtectSystem=", () => {
  for (const home of ["yes", "tmpfs", "read-only"]) {
    const { service } = contextOf(`DynamicUser=yes\nPrivateTmp=yes\nProtectHome=${home}\nProtectSystem=full`);
    assert.is(service.get(ProtectHome), home);
    assert.is(service.get(PrivateTmp), "connected");
    assert.is(service.get(ProtectSystem), "strict");
  }
});

test("DynamicUser=no implies nothing and selects no user", () => {
  const { service } = contextOf("DynamicUser=no");
  assert.is(service.get(ProtectSystem), undefined);
  assert.equal(planOf("DynamicUser", "DynamicUser=no"), []);
});

test("a dynamic user has its UID, GID and names, the home / and no capabilities", () => {
  assert.equal(planOf("DynamicUser", "DynamicUser=yes", { identity: DYNAMIC }), [
    { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404] },
    { kind: "environment", layer: "login", variables: { USER: "web", LOGNAME: "web", HOME: "/" } },
    { kind: "capabilities", onlyAmbient: true },
  ]);
});

test("names that are invalid for dynamic users are refused", () => {
  assert.throws(
    () => contextOf("DynamicUser=yes\nUser=my.app"),
    'cannot honour DynamicUser=: found User="my.app", expected up to 31 letters, digits, "_" and "-", the first one no digit and no "-"',
  );
  assert.throws(() => contextOf("DynamicUser=yes\nGroup=my.app"), /found Group="my.app"/);
  contextOf("DynamicUser=yes\nUser=1000\nGroup=_x");
  contextOf("User=my.app");
});

test("RemoveIPC= removes IPC objects unless the user is root", () => {
  assert.equal(planOf("RemoveIPC", "RemoveIPC=yes", { identity: DYNAMIC }), [
    { kind: "removeIpc", uid: 63404, gid: 63404 },
  ]);
  assert.equal(planOf("RemoveIPC", "RemoveIPC=yes", { identity: { ...DYNAMIC, uid: 0 } }), []);
  assert.equal(planOf("RemoveIPC", "RemoveIPC=yes"), []);
});

test("set-id bits are refused in every call with a mode argument", () => {
  const edits = planOf("RestrictSUIDSGID", "RestrictSUIDSGID=yes") as readonly SeccompEdit[];
  const rules = edits[0]!.filter.rules.filter((rule) => rule.calls.includes("openat"));
  assert.equal(
    rules,
    [0o4000n, 0o2000n].map((bit) => ({
      calls: ["openat"],
      when: [
        { argument: 2, mask: 0o100n, value: 0o100n },
        { argument: 3, mask: bit, value: bit },
      ],
      action: { action: "errno", errno: 1 },
    })),
  );
  assert.equal(
    [...filteredCalls("RestrictSUIDSGID=yes")].sort().join(" "),
    "chmod creat fchmod fchmodat fchmodat2 mkdir mkdirat mknod mknodat open openat openat2",
  );
});

test("openat2 stays allowed if DynamicUser= implies the filter and no shared path is writable", () => {
  assert.not(filteredCalls("DynamicUser=yes\nStateDirectory=web").has("openat2"));
  assert.ok(filteredCalls("DynamicUser=yes\nRestrictSUIDSGID=yes").has("openat2"));
  assert.ok(filteredCalls("DynamicUser=yes\nReadWritePaths=/srv").has("openat2"));
});

test("openat2 is denied if the engine mounts a writable directory of the host", () => {
  const host = { ...factsOfHost().host, ...fakeTree({ "/data": "directory", "/hosts": "file" }) };
  const isFiltered = (mount: Mount): boolean =>
    filteredCalls("DynamicUser=yes", {
      facts: { host },
      spec: { ociVersion: "1.0.2", mounts: [mount] },
    }).has("openat2");
  const volume = { destination: "/data", type: "bind", source: "/data", options: ["rbind", "rw"] };
  assert.ok(isFiltered(volume));
  assert.ok(isFiltered({ ...volume, type: "none" }));
  assert.not(isFiltered({ ...volume, options: ["rbind", "ro"] }));
  assert.not(isFiltered({ ...volume, options: ["rbind", "rro"] }));
  assert.not(isFiltered({ ...volume, source: "/hosts", destination: "/etc/hosts" }));
  assert.not(isFiltered({ ...volume, destination: "/dev/shm" }));
  assert.not(isFiltered({ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["rw"] }));
});

test("NoNewPrivileges=no does not disable the engine's setting", () => {
  assert.equal(planOf("NoNewPrivileges", "NoNewPrivileges=yes"), [
    { kind: "process", field: "noNewPrivileges", value: true },
  ]);
  assert.equal(planOf("NoNewPrivileges", "NoNewPrivileges=no"), []);
});

test.run();
