import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Action, DirectoryAction } from "../../src/model/action.ts";
import { factsAfter } from "../../src/model/plannedTree.ts";
import { factsOfHost } from "../support/hosts/facts.ts";

const OWNER = { uid: 61184, gid: 61184 };

function directory(name: string, more: Partial<DirectoryAction> = {}): DirectoryAction {
  return {
    kind: "directory",
    base: "/var/lib",
    name,
    private: true,
    inside: false,
    mode: 0o750,
    owner: OWNER,
    ownership: "changed",
    dropSetId: true,
    ...more,
  };
}

function lookAfter(actions: readonly Action[], host: Parameters<typeof factsOfHost>[0] = {}) {
  const { rootfs } = factsAfter(factsOfHost(host), actions);
  return (path: string) => {
    const found = rootfs.look(path);
    return `${found.type} ${found.path} ${found.mode.toString(8)} ${found.uid}`;
  };
}

test("a private directory that will be made is there, with its parents and the link that leads to it", () => {
  const look = lookAfter([directory("x/y")]);
  assert.is(look("/var/lib/x/y"), "directory /var/lib/private/x/y 750 61184");
  assert.is(look("/var/lib/private/x/y"), "directory /var/lib/private/x/y 750 61184");
  assert.is(look("/var/lib/x"), "directory /var/lib/x 755 0");
  assert.is(look("/var/lib/private"), "directory /var/lib/private 755 0");
  assert.is(look("/var/lib/x/y/z"), "missing /var/lib/private/x/y/z 755 0");
});

test("links of the host on the way to it are followed", () => {
  const look = lookAfter([directory("x")], { host: { "/state": "-> /var/lib" } });
  assert.is(look("/state/x"), "directory /var/lib/private/x 750 61184");
});

test("the files of a directory that will be moved are found at its future place", () => {
  const host = { "/var/lib/x/file": "file", "/var/lib/private/open/file": "file" } as const;
  const look = lookAfter([directory("x"), directory("open", { private: false })], { host });
  assert.is(look("/var/lib/x/file"), "file /var/lib/private/x/file 755 0");
  assert.is(look("/var/lib/open/file"), "file /var/lib/open/file 755 0");
});

test("a link that will be made leads to its directory", () => {
  const link = { kind: "link", base: "/var/lib", name: "other/link", target: "../x" } as const;
  const look = lookAfter([directory("x", { private: false }), link]);
  assert.is(look("/var/lib/other/link"), "directory /var/lib/x 750 61184");
});

test("without directories the facts stay the same", () => {
  const facts = factsOfHost();
  assert.is(factsAfter(facts, []), facts);
});

test.run();
