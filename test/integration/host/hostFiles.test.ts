import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../src/errors.ts";
import { matchPaths } from "../../../src/sys/files/glob.ts";
import { readLimited } from "../../../src/sys/files/readLimited.ts";

function withFiles(check: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "dynuser-test-"));
  try {
    for (const name of ["a.env", "b.env", ".hidden.env", "a[1].txt", "c.txt"])
      writeFileSync(join(directory, name), name);
    mkdirSync(join(directory, "d"));
    writeFileSync(join(directory, "d/x.env"), "");
    symlinkSync("a.env", join(directory, "link"));
    check(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("patterns match as those of a shell, sorted, without hidden names", () => {
  withFiles((directory) => {
    const match = (pattern: string) =>
      matchPaths(`${directory}/${pattern}`).map((path) => path.slice(directory.length + 1));
    assert.equal(match("*.env"), ["a.env", "b.env"]);
    assert.equal(match(".*.env"), [".hidden.env"]);
    assert.equal(match("[!a].env"), ["b.env"]);
    assert.equal(match("?.txt"), ["c.txt"]);
    assert.equal(match("[a-c].[et]*"), ["a.env", "b.env", "c.txt"]);
    assert.equal(match("*/x.env"), ["d/x.env"]);
    assert.equal(match("a\\[1\\].txt"), ["a[1].txt"]);
    assert.equal(match("link"), ["link"]);
    assert.equal(match("none"), []);
    assert.equal(match("c.txt/*"), []);
  });
});

test("a file is read through links, a missing one is undefined", () => {
  withFiles((directory) => {
    assert.is(readLimited(`${directory}/link`, 100), "a.env");
    assert.is(readLimited(`${directory}/none`, 100), undefined);
    assert.is(readLimited("/dev/null", 100), "");
  });
});

test("directories, bytes that are no text and too long files are refused in one line", () => {
  withFiles((directory) => {
    writeFileSync(join(directory, "raw"), Buffer.from([0xff]));
    for (const [path, found] of [
      [directory, "Is a directory"],
      [`${directory}/raw`, "bytes that are no UTF-8"],
      ["/dev/zero", "more than 1000 bytes"],
    ] as const) {
      assert.throws(
        () => readLimited(path, 1000),
        (error: unknown) => error instanceof UserError && error.message.includes(found),
      );
    }
  });
});

test.run();
