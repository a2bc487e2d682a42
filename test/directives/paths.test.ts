import { test } from "uvu";
import * as assert from "uvu/assert";
import { BindPaths, BindReadOnlyPaths } from "../../src/directives/bindPaths.ts";
import { PrivateTmp } from "../../src/directives/privateTmp.ts";
import { ProtectHome } from "../../src/directives/protectHome.ts";
import { ProtectSystem } from "../../src/directives/protectSystem.ts";
import { InaccessiblePaths, ReadWritePaths } from "../../src/directives/readWritePaths.ts";
import { TemporaryFileSystem } from "../../src/directives/temporaryFileSystem.ts";
import { UserError } from "../../src/errors.ts";
import type { Context, Directive } from "../../src/model/directive.ts";
import type { Change, PathEdit } from "../../src/model/edit.ts";
import { makeService } from "../../src/model/service.ts";
import { specWith } from "../support/bundles/mounts.ts";
import { factsOfHost } from "../support/hosts/facts.ts";
import { parse } from "../support/systemd/reading.ts";

const context: Context = {
  service: makeService(new Map()),
  identity: undefined,
  spec: specWith(),
  facts: factsOfHost({ host: { "/srv/a": "directory", "/srv/file": "file" } }),
  scope: {
    name: "web",
    unit: "web.service",
    containerId: "c1",
    token: "0123456789abcdef",
    directory: "/run/dynuser/c1",
    environment: {},
  },
};

function plan<T>(row: Directive<T>, text: string): readonly Change[] {
  return [...row.plan!(parse(row.value, text), context)];
}

function pathsOf<T>(row: Directive<T>, text: string): readonly string[] {
  return plan(row, text).map((change) => {
    const { access, path, optional } = change as PathEdit;
    return `${access} ${optional ? "-" : ""}${path}`;
  });
}

test("ProtectSystem= covers /usr, then /etc, then everything except API file systems and homes", () => {
  assert.equal(pathsOf(ProtectSystem, "no"), []);
  assert.equal(pathsOf(ProtectSystem, "yes"), ["readOnly -/usr", "readOnly -/boot", "readOnly -/efi"]);
  assert.equal(pathsOf(ProtectSystem, "full"), [...pathsOf(ProtectSystem, "true"), "readOnly -/etc"]);
  const open = ["/proc", "/sys", "/dev", "/home", "/run/user", "/root"];
  assert.equal(pathsOf(ProtectSystem, "strict"), ["readOnly -/", ...open.map((path) => `readWriteImplicit -${path}`)]);
});

test("ProtectHome= makes the same three directories inaccessible, read-only or empty", () => {
  const on = (access: string) => ["/home", "/run/user", "/root"].map((path) => `${access} -${path}`);
  assert.equal(pathsOf(ProtectHome, "no"), []);
  assert.equal(pathsOf(ProtectHome, "yes"), on("inaccessible"));
  assert.equal(pathsOf(ProtectHome, "read-only"), on("readOnly"));
  assert.equal(pathsOf(ProtectHome, "tmpfs"), on("tmpfs"));
  const [home, , root] = plan(ProtectHome, "tmpfs") as readonly PathEdit[];
  assert.equal(
    [home?.readOnly, home?.options?.includes("mode=0755"), root?.options?.includes("mode=0700")],
    [true, true, true],
  );
});

test("PrivateTmp=yes creates two directories of the host that only root can enter, and removes them", () => {
  const outer = "/tmp/dynuser-private-0123456789abcdef";
  const owner = { uid: 0, gid: 0 };
  assert.equal(plan(PrivateTmp, "yes").slice(0, 4), [
    { kind: "newDirectory", path: outer, mode: 0o700, owner },
    { kind: "newDirectory", path: `${outer}/tmp`, mode: 0o1777, owner },
    { kind: "remove", path: outer, links: [] },
    { kind: "path", path: "/tmp", access: "privateTmp", source: `${outer}/tmp`, recursive: true },
  ]);
  assert.is(plan(PrivateTmp, "yes").length, 8);
});

test("PrivateTmp=disconnected leaves nothing on the host", () => {
  assert.equal(pathsOf(PrivateTmp, "disconnected"), ["privateTmp /tmp", "privateTmp /var/tmp"]);
});

test("- marks a path as optional, + is accepted, and the older names are aliases", () => {
  assert.equal(pathsOf(ReadWritePaths, "/a -/b +/c -+/d//e/"), [
    "readWrite /a",
    "readWrite -/b",
    "readWrite /c",
    "readWrite -/d/e",
  ]);
  assert.equal(
    [ReadWritePaths.aliases, InaccessiblePaths.aliases],
    [["ReadWriteDirectories"], ["InaccessibleDirectories"]],
  );
});

test("a bind mount has the path of its source by default and is recursive by default", () => {
  assert.equal(plan(BindPaths, "/srv/a /srv/a:/b:norbind"), [
    { kind: "path", path: "/srv/a", access: "bind", source: "/srv/a", recursive: true },
    { kind: "path", path: "/b", access: "bind", source: "/srv/a", recursive: false },
  ]);
  assert.is((plan(BindReadOnlyPaths, "/srv/file")[0] as PathEdit).readOnly, true);
});

test("a missing source of a bind mount is an error unless it is optional", () => {
  assert.equal(plan(BindPaths, "-/missing:/b"), []);
  assert.throws(
    () => plan(BindReadOnlyPaths, "/missing:/b"),
    (error: unknown) =>
      error instanceof UserError &&
      error.message.startsWith('cannot honour BindReadOnlyPaths=: found nothing at "/missing"'),
  );
});

test("an empty BindPaths= also resets BindReadOnlyPaths=", () => {
  assert.equal([BindPaths.resets, BindReadOnlyPaths.resets], [["BindReadOnlyPaths"], ["BindPaths"]]);
});

test("a tmpfs has systemd's limits by default", () => {
  const options = ["strictatime", "mode=0755", "size=10%", "nr_inodes=400k"];
  const flags = { readOnly: false, noDevices: true, noExec: false, noSuid: false };
  const [plain, own] = plan(TemporaryFileSystem, "/a /b:ro,noexec,noatime,size=1m,mode=0700");
  assert.equal(plain, { kind: "path", path: "/a", access: "tmpfs", ...flags, options });
  assert.equal(own, {
    ...{ kind: "path", path: "/b", access: "tmpfs", ...flags, readOnly: true, noExec: true },
    options: ["noatime", "mode=0700", "size=1m", "nr_inodes=400k"],
  });
});

test.run();
