import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserErrors } from "../../src/errors.ts";
import { readUnitFile } from "../../src/settings/unitFile.ts";

function read(text: string): readonly (readonly [string, string, string])[] {
  return readUnitFile(text, "web.service").settings.map((one) => [one.name, one.value, one.place] as const);
}

test("only [Service] is read; comments and other sections are left out", () => {
  const text =
    "[Unit]\nDescription=x\n# a\n; b\n[Service]\n  User = web  \n\nUMask=0077\n[Install]\nWantedBy=y\n[X-Mine]\nA=b\n";
  assert.equal(read(text), [
    ["User", "web", "web.service:6"],
    ["UMask", "0077", "web.service:8"],
  ]);
  assert.equal(readUnitFile(text, "web.service").warnings, []);
});

test("all settings of a unit file are lenient", () => {
  assert.ok(readUnitFile("[Service]\nUser=a\n", "a.service").settings.every((one) => one.lenient));
});

test("a backslash joins lines with a blank, comments between them vanish", () => {
  const text = "[Service]\nEnvironment=A=1 \\\n# no\n  ; no\n   B=2 \\\n\nUser=x\n";
  assert.equal(read(text), [
    ["Environment", "A=1  B=2", "web.service:2"],
    ["User", "x", "web.service:7"],
  ]);
});

test("an escaped backslash ends no line, a last one without a next line is dropped", () => {
  assert.equal(
    read("[Service]\nA=x\\\\\nB=y\\").map((one) => [one[0], one[1]]),
    [
      ["A", "x\\\\"],
      ["B", "y"],
    ],
  );
});

test("repeated and empty assignments stay in their order", () => {
  assert.equal(
    read("[Service]\nA=1\nA=\nA=2\n[Unit]\n[Service]\nA=3").map((one) => one[1]),
    ["1", "", "2", "3"],
  );
});

test("Windows line ends and a byte order mark are no part of the values", () => {
  assert.equal(read("\uFEFF[Service]\r\nA=1 \\\r\n  2\r\n"), [["A", "1  2", "web.service:2"]]);
});

test("what belongs nowhere is ignored with a warning that names the line", () => {
  assert.equal(readUnitFile("A=1\n[Servce]\nB=2\n[Service]\nnothing\n=x\n", "u.service"), {
    settings: [],
    warnings: [
      'ignoring "A=1": found before any section, expected after [Service] (u.service:1)',
      'ignoring section "Servce": expected Unit, Service or Install (u.service:2)',
      'ignoring "nothing": expected Name=Value (u.service:5)',
      'ignoring "=x": expected Name=Value (u.service:6)',
    ],
    unit: [],
  });
});

test("NUL bytes and broken section headers are refused together", () => {
  assert.throws(
    () => readUnitFile("[Service\n[Service]\nA=\0\n", "u.service"),
    (error: unknown) =>
      error instanceof UserErrors &&
      error.problems.join("\n") ===
        'cannot read the unit file: found "[Service", expected a section like [Service] (u.service:1)\n' +
          "cannot read the unit file: found a NUL byte, expected text (u.service:3)",
  );
});

test("assignments of [Unit] are kept apart from the settings", () => {
  const { unit } = readUnitFile("[Unit]\nConditionPathExists=/x\nAssertUser = root\nAfter=x\n", "u.service");
  assert.equal(
    unit?.map(({ name, value, place }) => [name, value, place]),
    [
      ["ConditionPathExists", "/x", "u.service:2"],
      ["AssertUser", "root", "u.service:3"],
      ["After", "x", "u.service:4"],
    ],
  );
});

test("a line with 100,000 continuations is read", () => {
  const text = `[Service]\nEnvironment=${"A=1 \\\n".repeat(100_000)}B=2\n`;
  const { settings } = readUnitFile(text, "web.service");
  assert.is(settings[0]!.value.length, 100_000 * "A=1  ".length + 3);
});

test.run();
