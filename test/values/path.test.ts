import { test } from "uvu";
import * as assert from "uvu/assert";
import { BadValue } from "../../src/errors.ts";
import { parsePath, parseRelativePath, pathList } from "../../src/values/path.ts";
import { parse, recordReading } from "../support/reading.ts";

test("absolute paths are simplified", () => {
  assert.is(parsePath("//a///./b/."), "/a/b");
  assert.is(parsePath("/"), "/");
  assert.is(parsePath("/a/"), "/a");
  assert.is(parsePath("/a/...b"), "/a/...b");
});

test("relative paths, dot-dot and control characters are refused with what was expected", () => {
  const refused = {
    a: "an absolute path",
    "/a/../b": 'a path without ".."',
    "/a\nb": "a path without control characters",
  };
  for (const [text, expected] of Object.entries(refused)) {
    assert.throws(
      () => parsePath(text),
      (error: unknown) => error instanceof BadValue && error.expected === expected,
    );
  }
});

test("paths longer than the kernel takes are refused", () => {
  assert.is(parsePath(`/${"x".repeat(255)}`).length, 256);
  assert.throws(() => parsePath(`/${"x".repeat(256)}`));
  assert.throws(() => parsePath("/x".repeat(2048)));
});

test("relative paths are simplified and may not be empty or absolute", () => {
  assert.is(parseRelativePath("./a///./b/."), "a/b");
  for (const text of ["", ".", "/a", "a/..", "../a"]) assert.throws(() => parseRelativePath(text));
});

test("lists read both prefixes in systemd's order, quotes and blanks", () => {
  assert.equal(parse(pathList, `/a -/b -+/c +/d "/e f"`), [
    { path: "/a", optional: false, inRoot: false },
    { path: "/b", optional: true, inRoot: false },
    { path: "/c", optional: true, inRoot: true },
    { path: "/d", optional: false, inRoot: true },
    { path: "/e f", optional: false, inRoot: false },
  ]);
});

test("a bad item is dropped with a complaint, the others stay", () => {
  const reading = recordReading();
  assert.equal(
    pathList.parse("/a b /c/../d +-/e /f", reading).map((item) => item.path),
    ["/a", "/f"],
  );
  assert.equal(reading.complaints, [
    ["b", "an absolute path"],
    ["/c/../d", 'a path without ".."'],
    ["-/e", "an absolute path"],
  ]);
});

test("specifiers are expanded behind the prefixes", () => {
  const reading = recordReading((text) => text.replace("%S", "/var/lib"));
  assert.equal(pathList.parse("-%S/x", reading), [{ path: "/var/lib/x", optional: true, inRoot: false }]);
});

test.run();
