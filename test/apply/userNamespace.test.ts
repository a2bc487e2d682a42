import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyUserNamespace, hostId } from "../../src/apply/userNamespace.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { factsOfHost } from "../support/hosts/facts.ts";

const U = 63016;
const FACTS = factsOfHost();

const SPEC: Spec = {
  ociVersion: "1.0.2",
  process: { cwd: "/", user: { uid: U, gid: U, additionalGids: [U, 27] } },
  mounts: [
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "ro"] },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "gid=5", "mode=0620"] },
    { destination: "/a", type: "bind", source: "/b" },
  ],
  linux: {
    namespaces: [{ type: "mount" }],
    sysctl: { "net.ipv4.ping_group_range": "0 0", "net.ipv4.ip_forward": "1" },
  },
};

function inside(uidMappings: readonly { containerID: number; hostID: number; size: number }[], path?: string): Spec {
  const namespace = { type: "user", ...(path === undefined ? {} : { path }) } as const;
  return { ...SPEC, linux: { namespaces: [namespace], uidMappings, gidMappings: uidMappings } };
}

test("no setting and no namespace of the engine: nothing changes", () => {
  assert.is(applyUserNamespace(SPEC, undefined, FACTS), SPEC);
});

test("self maps root, the user and all its groups, and replaces mounts that a user namespace cannot make", () => {
  const { linux, mounts } = applyUserNamespace(SPEC, { kind: "userNamespace", map: "self" }, FACTS);
  assert.equal(linux?.namespaces, [{ type: "mount" }, { type: "user" }]);
  assert.equal(
    linux?.uidMappings?.map(({ containerID, hostID, size }) => [containerID, hostID, size]),
    [
      [0, 0, 1],
      [U, U, 1],
    ],
  );
  assert.equal(
    linux?.gidMappings?.map(({ containerID }) => containerID),
    [0, U, 27],
  );
  assert.equal(linux?.sysctl, { "net.ipv4.ip_forward": "1" });
  assert.is(mounts?.[0]?.type, "bind");
  assert.ok(mounts?.[0]?.options?.includes("rro"));
  assert.equal(mounts?.[1]?.options, ["newinstance", "mode=0620"]);
  assert.is(mounts?.[2], SPEC.mounts?.[2]);
});

test("identity maps the first 65,536", () => {
  const { linux } = applyUserNamespace(SPEC, { kind: "userNamespace", map: "identity" }, FACTS);
  assert.equal(linux?.uidMappings, [{ containerID: 0, hostID: 0, size: 65536 }]);
});

test("an engine's namespace is kept, whatever PrivateUsers= says", () => {
  const spec = inside([{ containerID: 0, hostID: 2147483648, size: 65536 }]);
  assert.is(applyUserNamespace(spec, { kind: "userNamespace", map: "self" }, FACTS), spec);
});

test("IDs that its map lacks are added as themselves", () => {
  const spec = inside([{ containerID: 0, hostID: 2147483648, size: 1024 }]);
  const { linux } = applyUserNamespace(spec, undefined, FACTS);
  assert.equal(linux?.uidMappings?.at(-1), { containerID: U, hostID: U, size: 1 });
  assert.equal(
    linux?.gidMappings?.map(({ containerID }) => containerID),
    [0, U],
  );
});

test("the map of a joined user namespace cannot be extended", () => {
  const small = [{ containerID: 0, hostID: 2147483648, size: 1024 }];
  assert.throws(() => applyUserNamespace(inside(small, "/proc/1/ns/user"), undefined, FACTS), "cannot run as ID 63016");
  const large = [{ containerID: 0, hostID: 2147483648, size: 65536 }];
  applyUserNamespace(inside(large, "/proc/1/ns/user"), undefined, FACTS);
});

test("an ID's place on the host follows the map", () => {
  const map = [
    { containerID: 0, hostID: 100000, size: 1000 },
    { containerID: U, hostID: U, size: 1 },
  ];
  assert.equal([hostId(5, map), hostId(U, map), hostId(1000, map), hostId(7, undefined)], [100005, U, undefined, 7]);
});

test.run();
