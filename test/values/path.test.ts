import { test } from "uvu";
import * as assert from "uvu/assert";
import { InvalidValueError } from "../../src/errors.ts";
import { parsePath, parseRelativePath, pathList } from "../../src/values/path.ts";
import { parse, recordReading } from "../support/systemd/reading.ts";

test("absolute paths are simplified", () => {
  assert.is(parsePath("//a///./b/."), "/a/b");
  assert.is(parsePath("/"), "/");
  assert.is(parsePath("/a/"), "/a");
  assert.is(parsePath("/a/...b"), "/a/...b");
});

test("relative paths, .. and control characters are refused with the expected syntax", () => {
  const refused = {
    a: "an absolute path",
    "/a/../b": 'a path without ".."',
    "/a\nb": "a path without control characters",
  };
  for (const [text, expected] of Object.entries(refused)) {
    assert.throws(
      () => parsePath(text),
      (error: unknown) => error instanceof InvalidValueError && error.expected === expected,
    );
  }
});

test("paths beyond the kernel's limits are refused", () => {
  assert.is(parsePath(`/${"x".repeat(255)}`).length, 256);
  assert.throws(() => parsePath(`/${"x".repeat(256)}`), /expected a path with names up to 255 bytes/);
  assert.throws(() => parsePath("/x".repeat(2048)), /expected a path shorter than 4096 bytes/);
});

test("relative paths are simplified and may not be empty or absolute", () => {
  assert.is(parseRelativePath("./a///./b/."), "a/b");
  for (const text of ["", ".", "/a", "a/..", "../a"])
    assert.throws(() => parseRelativePath(text), /expected a (?:relative path|path without "\.\.")/);
});

test("lists read both prefixes in systemd's order, quotes and blanks", () => {
  assert.equal(parse(pathList, `/a -/b -+/c +/d "/e f"`), [
    { path: "/a", optional: false },
    { path: "/b", optional: true },
    { path: "/c", optional: true },
    { path: "/d", optional: false },
    { path: "/e f", optional: false },
  ]);
});

test("an invalid item is reported and dropped, others are kept", () => {
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
  assert.equal(pathList.parse("-%S/x", reading), [{ path: "/var/lib/x", optional: true }]);
});

test.run();
