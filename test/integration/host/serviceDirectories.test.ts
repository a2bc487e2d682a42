import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Action, DirectoryAction } from "../../../src/model/action.ts";
import { performActions, undoAll } from "../../../src/start/host/perform.ts";
import { performReleases } from "../../../src/start/host/release.ts";
import { setUmask } from "../../../src/sys/process/umask.ts";
import { command, listTree, shell, withScratch, withTmpfs } from "../../support/hosts/scratch.ts";

const OWNER = { uid: 64000, gid: 64000 };

function directory(base: string, name: string, rest: Partial<DirectoryAction> = {}): DirectoryAction {
  const common = { kind: "directory", private: true, inside: false, mode: 0o755, dropSetId: true } as const;
  return { ...common, base, name, owner: OWNER, ownership: "mapped", ...rest };
}

const perform = (...actions: readonly Action[]) =>
  performActions(actions.map((item) => ({ owner: "StateDirectory", item })));
const plain = { private: false, ownership: "changed", dropSetId: false } as const;

/** Mode, owner, path below the scratch directory, target. */
const list = (base: string) =>
  listTree(base)
    .filter((line) => !line.trim().endsWith(` ${base}`))
    .map((line) => line.replaceAll(`${base}/`, "").trim());

test("a private directory, its boundary, its parents and its link are made", () => {
  withScratch((base) => {
    perform(directory(base, "a/web", { mode: 0o750 }));
    assert.equal(list(base), [
      "700 0 0 private",
      "750 65534 65534 private/a/web",
      "755 0 0 a",
      "755 0 0 private/a",
      "777 0 0 a/web ../private/a/web",
    ]);
  });
});

test("doing it a second time changes nothing, and undoing that neither", () => {
  withScratch((base) => {
    const actions: Action[] = [
      directory(base, "web"),
      directory(base, "web/cache", { inside: true }),
      { kind: "link", base, name: "other/web", target: "../web" },
    ];
    perform(...actions);
    const before = list(base);
    assert.ok(before.includes("755 65534 65534 private/web/cache"));
    assert.not(existsSync(`${base}/web/cache/cache`));
    const undos = perform(...actions);
    assert.equal(undos, []);
    assert.equal(list(base), before);
  });
});

test("the umask of the caller does not matter", () => {
  withScratch((base) => {
    const umask = setUmask(0o077);
    try {
      perform(directory(base, "a/web", { ...plain, mode: 0o775 }));
    } finally {
      setUmask(umask);
    }
    assert.equal(list(base), ["755 0 0 a", "775 64000 64000 a/web"]);
  });
});

test("set-id bits of the mode are not for dynamic users", () => {
  withScratch((base) => {
    perform(directory(base, "a", { mode: 0o2770 }), directory(base, "b", { ...plain, mode: 0o2770 }));
    assert.equal(
      [`${base}/private/a`, `${base}/b`].map((path) => lstatSync(path).mode & 0o7777),
      [0o770, 0o2770],
    );
  });
});

test("a public directory with its content becomes private, and public again", () => {
  withScratch((base) => {
    perform(directory(base, "web", plain));
    writeFileSync(`${base}/web/state`, "kept");
    chownSync(`${base}/web/state`, OWNER.uid, OWNER.gid);
    perform(directory(base, "web"), directory(base, "web/new", { inside: true }));
    const stored = ["644 65534 65534 private/web/state", "700 0 0 private", "755 65534 65534 private/web"];
    assert.equal(list(base), [...stored, "755 65534 65534 private/web/new", "777 0 0 web private/web"]);
    perform(directory(base, "web", plain));
    const public_ = ["644 64000 64000 web/state", "700 0 0 private", "755 64000 64000 web", "755 64000 64000 web/new"];
    assert.equal(list(base), public_);
  });
});

test("an absolute link to the private directory is recognised, and a dangling one is repaired", () => {
  withScratch((base) => {
    mkdirSync(`${base}/private/web`, { recursive: true, mode: 0o700 });
    symlinkSync(`${base}/private/web`, `${base}/web`);
    symlinkSync("private/gone", `${base}/gone`);
    perform(directory(base, "web", plain), directory(base, "gone", plain));
    assert.equal(
      ["web", "gone"].map((name) => lstatSync(`${base}/${name}`).isDirectory()),
      [true, true],
    );
  });
});

test("a private directory of an older UID is given to the user nobody once", () => {
  withScratch((base) => {
    perform(directory(base, "web", { ownership: "changed" }));
    writeFileSync(`${base}/private/web/state`, "");
    perform(directory(base, "web"));
    assert.is(command("find", `${base}/private/web`, "!", "-uid", "65534"), "");
  });
});

test("an existing configuration directory keeps its content, and an owner stays unless another is requested", () => {
  withScratch((base) => {
    mkdirSync(`${base}/app`, { mode: 0o701 });
    mkdirSync(`${base}/other`);
    chownSync(`${base}/other`, 12, 34);
    const { owner: _, ...ownerless } = directory(base, "other", plain);
    assert.equal(perform(directory(base, "app", { ...plain, ownership: "untouched" }), ownerless), []);
    assert.equal(list(base), ["701 0 0 app", "755 12 34 other"]);
  });
});

const WEAK = [
  ["mode 0755", (path: string) => mkdirSync(path, { mode: 0o755 })],
  ["owner 64000:64000", (path: string) => shell('mkdir -m 700 "$1"; chown 64000:64000 "$1"', path)],
  ["a link", (path: string) => symlinkSync("elsewhere", path)],
  ["a file", (path: string) => writeFileSync(path, "")],
] as const;

for (const [found, make] of WEAK) {
  test(`a private/ with ${found} is refused before anything is made`, () => {
    withScratch((base) => {
      make(`${base}/private`);
      mkdirSync(`${base}/elsewhere`);
      const before = list(base);
      const expected = new RegExp(
        `^cannot use ${base}/web for StateDirectory=: found ${base}/private .*${found}.*, expected a directory with mode 0700 and owner 0:0$`,
      );
      assert.throws(
        () =>
          perform(
            { kind: "file", path: `${base}/file`, content: "", mode: 0o600, owner: OWNER },
            directory(base, "web"),
          ),
        (error: Error) => expected.test(error.message) || assert.unreachable(error.message),
      );
      assert.equal(list(base), before);
    });
  });
}

const OBSTACLES = ["a", "a/web", "private/a", "private/a/web"] as const;

for (const place of OBSTACLES) {
  for (const obstacle of ["link", "file", "fifo", "device"] as const) {
    test(`a ${obstacle} in place of ${place} is refused, and nothing behind it is touched`, () => {
      withScratch((base) => {
        const path = `${base}/${place}`;
        mkdirSync(`${base}/private`, { mode: 0o700 });
        mkdirSync(dirname(path), { recursive: true });
        mkdirSync(`${base}/elsewhere/web`, { recursive: true });
        shell(MAKE[obstacle], path);
        const before = list(base);
        assert.throws(
          () => perform(directory(base, "a/web")),
          /cannot (use|make) .*\/a\/web for StateDirectory=: (?:found|open .*: (?:Not a directory|Too many levels of symbolic links))/,
        );
        assert.equal(list(base), before);
      });
    });
  }
}

const MAKE = {
  link: 'ln -s "$(dirname "$(dirname "$1")")/elsewhere" "$1"',
  file: 'touch "$1"',
  fifo: 'mkfifo "$1"',
  device: 'mknod "$1" c 1 3',
};

test("two directories for one name are refused", () => {
  withScratch((base) => {
    mkdirSync(`${base}/private`, { mode: 0o700 });
    mkdirSync(`${base}/private/web`);
    mkdirSync(`${base}/web`);
    assert.throws(() => perform(directory(base, "web")), /found a directory at .*\/web, expected nothing/);
  });
});

test("a link in the way of a link is refused, and what was made before is gone again", () => {
  withScratch((base) => {
    symlinkSync("/etc", `${base}/other`);
    mkdirSync(`${base}/moved`);
    const before = list(base);
    const link: Action = { kind: "link", base, name: "other", target: "web" };
    assert.throws(
      () => perform(directory(base, "deep/web"), directory(base, "moved"), link),
      /make the link .*\/other/,
    );
    assert.equal(list(base), before);
  });
});

test("everything but a change of owners is undone: links, directories, moves and modes", () => {
  withScratch((base) => {
    perform(directory(base, "off"), directory(base, "mode"), directory(base, "on", plain));
    const before = list(base);
    const undos = perform(
      directory(base, "off", { ...plain, owner: { uid: 65534, gid: 65534 } }),
      directory(base, "mode", { mode: 0o700 }),
      directory(base, "on", { ownership: "changed" }),
      directory(base, "new/one"),
      { kind: "newDirectory", path: `${base}/outer`, mode: 0o700, owner: OWNER },
      { kind: "file", path: `${base}/outer/below/file`, content: "text", mode: 0o600, owner: OWNER },
      { kind: "link", base, name: "links/one", target: "../new/one" },
    );
    assert.ok(list(base).includes("600 64000 64000 outer/below/file"));
    assert.is(readlinkSync(`${base}/on`), "private/on");
    writeFileSync(`${base}/outer/below/more`, "");
    assert.equal(undoAll(undos), []);
    assert.equal(list(base), before);
  });
});

test("a full disk is reported, and nothing is left of the attempt", () => {
  withTmpfs("size=64k,nr_inodes=6,mode=755", (base) => {
    const expected = /^cannot make .* for StateDirectory=: .*: No space left on device$/;
    assert.throws(() => perform(directory(base, "a"), directory(base, "b/c"), directory(base, "d/e")), expected);
    assert.equal(readdirSync(base), []);
  });
});

test("a read-only file system is reported", () => {
  withTmpfs("mode=755", (base) => {
    command("mount", "-o", "remount,ro", base);
    assert.throws(() => perform(directory(base, "a")), /StateDirectory=: .*: Read-only file system$/);
  });
});

test("names of 255 bytes are no trouble", () => {
  withScratch((base) => {
    const name = `${"é".repeat(127)}x`;
    perform(directory(base, name));
    assert.is(readlinkSync(`${base}/${name}`), `private/${name}`);
  });
});

test("a runtime directory goes with all it has, its links too, and its parent stays", () => {
  withScratch((base) => {
    perform(directory(base, "a/web", plain), { kind: "link", base, name: "link", target: "a/web" });
    shell('cd "$1/a/web"; mkdir -p x/y; ln -s /etc x/etc; touch x/y/z', base);
    const release = { kind: "remove", base, path: `${base}/a/web`, links: [`${base}/link`] } as const;
    performReleases([release]);
    performReleases([release]);
    assert.equal(list(base), ["755 0 0 a"]);
  });
});

test("a link in place of a runtime directory's parent saves what is behind it", () => {
  withScratch((base) => {
    mkdirSync(`${base}/elsewhere/web`, { recursive: true });
    symlinkSync("elsewhere", `${base}/a`);
    writeFileSync(`${base}/file`, "");
    const release = { kind: "remove", base, path: `${base}/a/web`, links: [`${base}/file`] } as const;
    assert.throws(
      () => performReleases([release]),
      /^cannot remove .*\/a\/web: open .*: Too many levels of symbolic links/,
    );
    assert.ok(existsSync(`${base}/elsewhere/web`) && existsSync(`${base}/file`));
  });
});

test("a tree of 10,000 files is given away", () => {
  withScratch((base) => {
    perform(directory(base, "web", { ownership: "changed" }));
    shell('cd "$1"; for d in $(seq 100); do mkdir $d; (cd $d; touch $(seq 100)); done', `${base}/private/web`);
    const before = performance.now();
    perform(directory(base, "web", { ownership: "changed", owner: { uid: 64001, gid: 64001 } }));
    console.log(`10,100 entries: ${Math.round(performance.now() - before)} ms`);
    assert.is(command("find", `${base}/private/web`, "!", "-uid", "64001"), "");
  });
});

test.run();
