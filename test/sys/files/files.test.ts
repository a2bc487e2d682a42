import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  listDirectory,
  listSome,
  listSubdirectories,
  makeDirectories,
  makeDirectory,
  mayContain,
  readText,
  removeEmptyDirectory,
  removeFile,
  tryReadText,
} from "../../../src/sys/files/files.ts";
import { statusOf, statusOfLink } from "../../../src/sys/files/status.ts";
import { appendText, replaceFile, replaceLink, rewriteFile, writeText } from "../../../src/sys/files/write.ts";
import { hasCode } from "../../../src/sys/kernel/system.ts";

let place = "";
test.before.each(() => {
  place = fs.mkdtempSync("/tmp/dynuser-files-");
});
test.after.each(() => fs.rmSync(place, { recursive: true }));

const failsWith = (code: string) => (error: unknown) => hasCode(error, code);

test("text of any length is read as it was written, letters over the border of two reads included", () => {
  for (const length of [0, 1, 16383, 16384, 16385, 100_000]) {
    const text = `${"a".repeat(length)}ü€𝄞`;
    writeText(`${place}/a`, text);
    assert.is(readText(`${place}/a`), text);
    assert.is(fs.readFileSync(`${place}/a`, "utf8"), text);
  }
  appendText(`${place}/a`, "end");
  assert.ok(readText(`${place}/a`).endsWith("𝄞end"));
});

test("what is not there is undefined where that is asked, and ENOENT or ENOTDIR elsewhere", () => {
  writeText(`${place}/file`, "");
  for (const path of [`${place}/none`, `${place}/file/below`, "/proc/4194305/stat"]) {
    assert.is(tryReadText(path), undefined);
    assert.equal(listDirectory(path), []);
    assert.is(removeFile(path), false);
  }
  assert.is(statusOf(`${place}/none`), undefined);
  assert.throws(() => readText(`${place}/none`), failsWith("ENOENT"));
  assert.throws(() => readText(`${place}/file/below`), failsWith("ENOTDIR"));
});

test("a path with NUL is refused, whatever is at its beginning", () => {
  writeText(`${place}/a`, "secret");
  for (const use of [readText, tryReadText, statusOf, removeFile, listDirectory]) {
    assert.throws(() => use(`${place}/a\0b`), failsWith("EINVAL"));
  }
  assert.is(readText(`${place}/a`), "secret");
});

test("a few names of a directory are all where there are few, and in the end each one where there are many", () => {
  for (const count of [0, 3, 8, 40, 3000]) {
    const directory = `${place}/${count}`;
    fs.mkdirSync(directory);
    const names = Array.from({ length: count }, (_, index) => `name-${index}-${"x".repeat(20)}`);
    for (const name of [...names, ".hidden"]) fs.writeFileSync(`${directory}/${name}`, "");
    const seen = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const some = listSome(directory, 8);
      assert.is(some.length, Math.min(8, count));
      assert.is(new Set(some).size, some.length);
      for (const name of some) seen.add(name);
    }
    assert.ok([...seen].every((name) => names.includes(name)));
    assert.ok(seen.size >= Math.min(count, 30), `${seen.size} of ${count}`);
  }
});

test("directories below a directory are listed without files and links", () => {
  fs.mkdirSync(`${place}/directory`);
  fs.symlinkSync("directory", `${place}/link`);
  writeText(`${place}/file`, "");
  assert.equal(listSubdirectories(place), [`${place}/directory`]);
  assert.ok(mayContain(place, "irector"));
  assert.not(mayContain(place, "nowhere"));
});

test("a status is what node says", () => {
  writeText(`${place}/a`, "four");
  fs.symlinkSync("a", `${place}/link`);
  for (const path of [`${place}/a`, place, "/dev/null", "/proc/self/stat"]) {
    const is = statusOf(path)!;
    const node = fs.statSync(path);
    assert.equal(
      [is.uid, is.gid, is.mode, is.links, is.dev, is.rdev, is.size],
      [...[node.uid, node.gid, node.mode & 0o7777, node.nlink, node.dev, node.rdev, node.size]],
    );
    assert.equal(
      [is.isFile(), is.isDirectory(), is.isCharacterDevice()],
      [...[node.isFile(), node.isDirectory(), node.isCharacterDevice()]],
    );
    if (path.startsWith("/tmp")) assert.equal([is.ino, is.mtimeMs, is.ctimeMs], [node.ino, node.mtimeMs, node.ctimeMs]);
  }
  assert.is(statusOfLink(`${place}/link`)!.size, 1);
});

test("directories are made with their parents, and nothing takes a file for one", () => {
  makeDirectories(`${place}/a/b/c`);
  makeDirectories(`${place}/a/b/c`);
  writeText(`${place}/a/file`, "");
  assert.throws(() => makeDirectories(`${place}/a/file`), failsWith("EEXIST"));
  assert.throws(() => makeDirectories(`${place}/a/file/b`), failsWith("ENOTDIR"));
  assert.is(makeDirectory(`${place}/a/d`, 0o751), true);
  assert.is(makeDirectory(`${place}/a/d`, 0o700), false);
  assert.is(statusOf(`${place}/a/d`)!.mode & 0o7777, 0o751);
  fs.symlinkSync("b", `${place}/a/link`);
  assert.equal([...listDirectory(`${place}/a`)].sort(), ["b", "d", "file", "link"]);
  assert.equal([...listSubdirectories(`${place}/a`)].sort(), [`${place}/a/b`, `${place}/a/d`]);
  assert.is(removeEmptyDirectory(`${place}/a`), false);
  assert.is(removeEmptyDirectory(`${place}/a/d`), true);
});

test("a file is replaced as a whole, over what a killed process has left", () => {
  fs.writeFileSync(`${place}/.a.${process.pid}`, "left over", { mode: 0o666 });
  replaceFile(`${place}/a`, "new", 0o640);
  assert.is(readText(`${place}/a`), "new");
  assert.is(statusOf(`${place}/a`)!.mode & 0o7777, 0o640);
  rewriteFile(`${place}/a`, "newer");
  assert.is(statusOf(`${place}/a`)!.mode & 0o7777, 0o640);
  replaceLink(`${place}/a`, "elsewhere");
  assert.is(fs.readlinkSync(`${place}/a`), "elsewhere");
  assert.equal(fs.readdirSync(place), ["a"]);
  assert.throws(() => replaceFile(`${place}/none/a`, "new", 0o600), failsWith("ENOENT"));
});

test.run();
