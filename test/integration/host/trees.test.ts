import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { changeOwnerTree } from "../../../src/sys/files/changeOwner.ts";
import { makeDirectory, openBelow, openParents, openTrusted, using } from "../../../src/sys/files/directory.ts";
import { removeTree } from "../../../src/sys/files/removeTree.ts";
import { walkTree } from "../../../src/sys/files/tree.ts";
import { hasCode } from "../../../src/sys/kernel/system.ts";
import { setUmask } from "../../../src/sys/process/umask.ts";
import { openDescriptors, openedSince } from "../../support/hosts/descriptors.ts";
import { command, shell, withScratch } from "../../support/hosts/scratch.ts";

const change = { uid: 64000, gid: 64001, mask: 0o1777 };
const remove = (directory: string, name: string) => using(openTrusted(directory), (top) => removeTree(top, name));
const changeOwner = (directory: string, to = change) =>
  using(openTrusted(directory), (top) => changeOwnerTree(top, to));
const ownerOf = (path: string) => {
  const { uid, gid } = lstatSync(path);
  return `${uid}:${gid}`;
};

test("a tree with every kind of file and any name is removed, and nothing that its links lead to", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/kept`);
    writeFileSync(`${directory}/kept/file`, "");
    shell(
      `mkdir -p "$1/tree/empty" && cd "$1/tree"
       ln -s ../kept link; ln -s /nowhere dangling; mkfifo fifo; mknod device c 1 3; touch "$(printf 'a\\nb')" "$(printf '\\377\\376')" -- -rf
       touch "$(printf '%0255d' 0)"; mkdir -m 0 closed; touch closed/file`,
      directory,
    );
    remove(directory, "tree");
    assert.equal(readdirSync(directory), ["kept"]);
    assert.equal(readdirSync(`${directory}/kept`), ["file"]);
  });
});

test("a tree of depth 1000 with long names is removed with few descriptors", () => {
  withScratch((directory) => {
    makeDeep(directory, 1000);
    let most = 0;
    using(openTrusted(directory), (top) => {
      walkTree(top, () => {
        most = Math.max(most, readdirSync("/proc/self/fd").length);
      });
      removeTree(top, "deep");
    });
    assert.equal(readdirSync(directory), []);
    assert.ok(most < 80, `${most} descriptors`);
  });
});

test("what is mounted in a tree is neither emptied nor given away", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/kept`);
    writeFileSync(`${directory}/kept/file`, "");
    mkdirSync(`${directory}/tree/mounted`, { recursive: true });
    writeFileSync(`${directory}/tree/own`, "");
    command("mount", "--bind", `${directory}/kept`, `${directory}/tree/mounted`);
    try {
      changeOwner(`${directory}/tree`);
      assert.is(ownerOf(`${directory}/kept`), "0:0");
      assert.is(ownerOf(`${directory}/kept/file`), "0:0");
      assert.throws(
        () => remove(directory, "tree"),
        (error: unknown) => hasCode(error, "EBUSY"),
      );
      assert.equal(readdirSync(`${directory}/kept`), ["file"]);
      assert.equal(readdirSync(`${directory}/tree`), ["mounted"]);
    } finally {
      command("umount", `${directory}/tree/mounted`);
    }
  });
});

test("a directory that is renamed away while we are deep in it stops the walk", () => {
  withScratch((directory) => {
    makeDeep(`${directory}/a`, 100);
    mkdirSync(`${directory}/b`);
    let moved = false;
    const walk = () =>
      using(openTrusted(`${directory}/a`), (top) =>
        walkTree(top, (_, _name, { type }) => {
          // the first directory that is visited is the deepest
          if (moved || type !== "directory") return;
          shell('d=$1/a; for i in $(seq 20); do cd "$d"; d=$(echo */); done; mv "$(echo */)" "$1/b"', directory);
          moved = true;
        }),
      );
    assert.throws(walk, (error: unknown) => hasCode(error, "ESTALE"));
  });
});

test("a chown gives everything below to the new owner, without set-id bits, ACLs and capabilities", () => {
  withScratch((directory) => {
    const top = `${directory}/top`;
    mkdirSync(`${top}/below`, { recursive: true });
    symlinkSync("/etc", `${top}/link`);
    shell(
      `mkfifo "$1/fifo"; cp /bin/true "$1/setid"; chmod 6755 "$1/setid"; chmod 3770 "$1/below"; touch "$1/$(printf '\\377')"`,
      top,
    );
    shell(
      `cp /bin/true "$1/capable"; setcap cap_net_raw+ep "$1/capable" || setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$1/capable"`,
      top,
    );
    assert.is(changeOwner(top), "changed");
    const listing = command("find", top, "!", "-user", "64000", "-o", "!", "-group", "64001", "-o", "-perm", "/6000");
    assert.is(listing, "");
    assert.is(lstatSync(`${top}/below`).mode & 0o7777, 0o1770);
    assert.is(lstatSync(`${top}/setid`).mode & 0o7777, 0o755);
    assert.is(ownerOf("/etc"), "0:0");
    assert.is(changeOwner(top), "same");
  });
});

test("set-id bits stay where the mask keeps them", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/top`);
    writeFileSync(`${directory}/top/file`, "");
    chmodSync(`${directory}/top/file`, 0o4750);
    changeOwner(`${directory}/top`, { ...change, mask: 0o7777 });
    assert.is(lstatSync(`${directory}/top/file`).mode & 0o7777, 0o4750);
  });
});

test("a hard link to a foreign file is not given away, and its modes stay", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/top`);
    for (const [name, uid] of [
      ["root", 0],
      ["other", 1234],
      ["old", 63000],
    ] as const) {
      writeFileSync(`${directory}/${name}`, "");
      chownSync(`${directory}/${name}`, uid, uid);
      chmodSync(`${directory}/${name}`, 0o4755);
      linkSync(`${directory}/${name}`, `${directory}/top/${name}`);
    }
    chownSync(`${directory}/top`, 63000, 63000);
    changeOwner(`${directory}/top`);
    assert.is(ownerOf(`${directory}/root`), "0:0");
    assert.is(ownerOf(`${directory}/other`), "1234:1234");
    assert.is(lstatSync(`${directory}/root`).mode & 0o7777, 0o4755);
    assert.is(ownerOf(`${directory}/old`), "64000:64001");
  });
});

test("a file all of whose hard links are in the tree is given away", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/top/below`, { recursive: true });
    writeFileSync(`${directory}/top/file`, "");
    linkSync(`${directory}/top/file`, `${directory}/top/below/file`);
    changeOwner(`${directory}/top`);
    assert.is(ownerOf(`${directory}/top/file`), "64000:64001");
  });
});

test("parents are made with mode 0755 whatever the umask, and reported", () => {
  withScratch((directory) => {
    const before = setUmask(0o077);
    const made: string[] = [];
    try {
      using(openTrusted(directory), (top) =>
        using(
          openParents(top, "a/b/./c", (path) => made.push(path)),
          () => {},
        ),
      );
    } finally {
      setUmask(before);
    }
    assert.equal(made, ["a", "a/b", "a/b/c"]);
    assert.is(lstatSync(`${directory}/a/b`).mode & 0o7777, 0o755);
  });
});

test("a link at any component is never followed", () => {
  withScratch((directory) => {
    mkdirSync(`${directory}/elsewhere/b/c`, { recursive: true });
    for (const component of ["a", "a/b", "a/b/c"]) {
      const top = `${directory}/${component.replaceAll("/", "-")}`;
      mkdirSync(`${top}/${component}`, { recursive: true });
      command("rmdir", `${top}/${component}`);
      symlinkSync(`${directory}/elsewhere`, `${top}/${component}`);
      using(openTrusted(top), (trusted) => {
        assert.throws(() => openBelow(trusted, "a/b/c"));
        assert.throws(() => openParents(trusted, "a/b/c/d", () => {}));
      });
    }
    assert.equal(readdirSync(`${directory}/elsewhere/b/c`), []);
    assert.not(existsSync(`${directory}/elsewhere/d`));
  });
});

test("no descriptor stays open", () => {
  withScratch((directory) => {
    const before = openDescriptors();
    makeDeep(directory, 50);
    changeOwner(directory);
    remove(directory, "deep");
    assert.equal(openedSince(before), []);
    assert.match(readFileSync("/proc/self/comm", "utf8"), /./);
  });
});

test("swapping directories for links during the work gains nothing", async () => {
  const directory = mkdtempSync("/tmp/dynuser-test-");
  mkdirSync(`${directory}/kept/below`, { recursive: true });
  writeFileSync(`${directory}/kept/below/file`, "");
  const swapper = spawn(process.execPath, ["-e", SWAPPER, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((resolve) => swapper.once("close", resolve));
  await new Promise((resolve) => swapper.stdout.once("data", resolve));
  let swapped = 0;
  try {
    for (let round = 0; round < 1500; round++) {
      plant(directory);
      swapped += attempt(() => changeOwner(`${directory}/tree`, { ...change, uid: 64000 + round }));
      swapped += attempt(() =>
        using(openTrusted(directory), (top) =>
          using(
            openParents(top, "tree/swapped/below/x", () => {}),
            () => {},
          ),
        ),
      );
      swapped += attempt(() => remove(directory, "tree"));
    }
  } finally {
    swapper.kill("SIGKILL");
    await gone;
  }
  assert.ok(swapped > 0, "no swap was ever noticed");
  assert.equal([ownerOf(`${directory}/kept/below`), ownerOf(`${directory}/kept/below/file`)], ["0:0", "0:0"]);
  assert.equal(readdirSync(`${directory}/kept/below`), ["file"]);
  rmSync(directory, { recursive: true });
});

test("directories that appear and disappear in the tree are no error", async () => {
  const directory = mkdtempSync("/tmp/dynuser-test-");
  const loop = 'while :; do mkdir "$1/tree/a"; rmdir "$1/tree/a"; done';
  mkdirSync(`${directory}/tree`);
  const restless = spawn("sh", ["-c", loop, "sh", directory]);
  const gone = new Promise((resolve) => restless.once("close", resolve));
  let met = 0;
  try {
    using(openTrusted(`${directory}/tree`), (top) => {
      while (met < 500) {
        walkTree(top, () => {
          met += 1;
        });
      }
    });
    for (let round = 0; round < 500; round++) changeOwner(`${directory}/tree`, { ...change, uid: 64000 + round });
  } finally {
    restless.kill("SIGKILL");
    await gone;
    rmSync(directory, { recursive: true });
  }
});

/** The swapper runs already, so that a parent may be gone between two steps. */
function plant(directory: string): void {
  const plantOnce = () => {
    mkdirSync(`${directory}/tree/swapped/below`, { recursive: true });
    writeFileSync(`${directory}/tree/file`, "");
  };
  while (attempt(plantOnce) === 1);
}

/** Turns tree/swapped into a link to kept/ and back, as fast as it can. */
const SWAPPER = `
  const { renameSync, symlinkSync, unlinkSync, writeSync } = require("node:fs");
  const [tree, kept] = [process.argv.at(-1) + "/tree", process.argv.at(-1) + "/kept"];
  const steps = [
    () => renameSync(tree + "/swapped", tree + "/aside"),
    () => symlinkSync(kept, tree + "/swapped"),
    () => unlinkSync(tree + "/swapped"),
    () => renameSync(tree + "/aside", tree + "/swapped"),
  ];
  writeSync(1, "ready");
  for (;;) for (const step of steps) try { step(); } catch {}
`;

/** 1 when it failed, which it may while names change under its hands. */
function attempt(step: () => void): number {
  try {
    step();
    return 0;
  } catch {
    return 1;
  }
}

/** `deep/` and below it `depth` directories in each other, each with a name of 200 bytes and a file. */
function makeDeep(directory: string, depth: number): void {
  mkdirSync(`${directory}/deep`, { recursive: true });
  let current = openTrusted(`${directory}/deep`);
  for (let level = 0; level < depth; level++) {
    writeFileSync(`/proc/self/fd/${current}/file`, "");
    makeDirectory(current, "0".repeat(200), 0o755);
    current = using(current, (above) => openBelow(above, "0".repeat(200)));
  }
  closeSync(current);
}

test.run();
