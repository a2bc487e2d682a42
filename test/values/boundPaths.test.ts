import { test } from "uvu";
import * as assert from "uvu/assert";
import { boundPaths } from "../../src/values/boundPaths.ts";
import { temporaryPaths } from "../../src/values/temporaryPaths.ts";
import { parse, recordReading } from "../support/systemd/reading.ts";

const bound = (text: string) =>
  parse(boundPaths, text).map(({ source, path, optional, recursive }) =>
    [optional ? "-" : "", source, path, recursive].join(" "),
  );

test("the parts of a bind mount are separated by colons outside quotes and escapes", () => {
  assert.equal(bound("/a:/b"), [" /a /b true"]);
  assert.equal(bound("  -/a:/b:rbind\t/c::norbind "), ["- /a /b true", " /c /c false"]);
  assert.equal(bound('"/a b:c":/d /e\\:f:/g'), [" /a b:c /d true", " /e:f /g true"]);
});

test("invalid bind mounts are reported and dropped, others are kept", () => {
  const reading = recordReading();
  const values = boundPaths.parse("a:/b /c:../d /e:/f:shared /g:/h:rbind:x /ok", reading);
  assert.equal(
    values.map((one) => one.source),
    ["/ok"],
  );
  assert.is(reading.complaints.length, 4);
});

test("specifiers are expanded in source and path", () => {
  const reading = recordReading((text) => text.replace("%n", "web"));
  assert.equal(boundPaths.parse("/a/%n:/b/%n", reading)[0], {
    ...{ source: "/a/web", path: "/b/web" },
    ...{ optional: false, recursive: true },
  });
});

test("options of TemporaryFileSystem= are flags, the last of opposite ones, and those of tmpfs", () => {
  assert.equal(parse(temporaryPaths, "/a /b:ro,rw,size=10%,mode=01777,ro"), [
    { path: "/a", options: [] },
    { path: "/b", options: ["size=10%", "mode=01777", "ro"] },
  ]);
});

test("TemporaryFileSystem= refuses options that a runtime interprets itself", () => {
  for (const option of ["bind", "rbind", "tmpcopyup", "idmap", "copy-symlink", "rro", "size=1 000", "mode=0999"]) {
    const reading = recordReading();
    assert.equal(temporaryPaths.parse(`"/a:${option}"`, reading), []);
    assert.is(reading.complaints.length, 1, option);
  }
});

test.run();
