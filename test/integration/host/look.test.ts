import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hostTree, rootfsTree } from "../../../src/host/tree.ts";
import { shell, withScratch } from "../../support/hosts/scratch.ts";

const LOOKS = [
  ["/etc/app", "/etc/app", "directory"],
  ["/absolute", "/etc/app", "directory"],
  ["/absolute/file", "/etc/app/file", "file"],
  ["/out", "/etc/app", "directory"],
  ["/relative/../app/./file", "/etc/app/file", "file"],
  ["/", "/", "directory"],
  ["/../../..", "/", "directory"],
  ["/absolute/new/dir", "/etc/app/new/dir", "missing"],
  ["/dangling", "/etc/nothing", "missing"],
  ["/dangling/x", "/etc/nothing/x", "missing"],
  ["/etc/app/file/x", "/etc/app/file/x", "missing"],
  ["/fifo", "/fifo", "fifo"],
  ["/device", "/device", "device"],
] as const;

for (const [path, resolved, type] of LOOKS) {
  test(`${path} of a root file system is ${resolved} in it`, () => {
    withScratch((root) => {
      makeRoot(root);
      const found = rootfsTree(root).look(path);
      assert.equal([found.path, found.type], [resolved, type]);
    });
  });
}

test("links in a circle lead nowhere", () => {
  withScratch((root) => {
    symlinkSync("b", `${root}/a`);
    symlinkSync("a", `${root}/b`);
    assert.is(rootfsTree(root).look("/a/x").type, "missing");
  });
});

test("owner and mode are reported, and each path is looked up once", () => {
  withScratch((root) => {
    const tree = rootfsTree(root);
    shell('mkdir -m 2750 "$1/d" && chown 12:34 "$1/d"; chmod 2750 "$1/d"', root);
    const { path, type, uid, gid, mode } = tree.look("/d");
    assert.equal({ path, type, uid, gid, mode }, { path: "/d", type: "directory", uid: 12, gid: 34, mode: 0o2750 });
    assert.equal(tree.look("/d").mountFlags, tree.look("/").mountFlags);
    shell('rmdir "$1/d"', root);
    assert.is(tree.look("/d").type, "directory");
  });
});

test("the host's tree is the host's", () => {
  assert.is(hostTree().look("/proc/self/../1").path, "/proc/1");
  assert.is(hostTree().look("/etc/passwd").type, "file");
});

function makeRoot(root: string): void {
  mkdirSync(`${root}/etc/app`, { recursive: true });
  writeFileSync(`${root}/etc/app/file`, "");
  symlinkSync("/etc/app", `${root}/absolute`);
  symlinkSync("../../../../etc/app", `${root}/out`);
  symlinkSync("etc/app", `${root}/relative`);
  symlinkSync("/etc/nothing", `${root}/dangling`);
  shell('mkfifo "$1/fifo"; mknod "$1/device" c 1 3', root);
}

test.run();
