import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ParseContext } from "../../src/model/directive.ts";
import { directoryList, sortDirectories } from "../../src/values/directoryList.ts";

const list = directoryList({ links: "yes" });

function read(text: string, value = list) {
  const complaints: string[] = [];
  const reading: ParseContext = {
    expand: (word) => word.replaceAll("%n", "web.service").replaceAll("%%", "%"),
    complain: (found, expected) => complaints.push(`${found}: ${expected}`),
  };
  return { items: value.parse(text, reading), complaints };
}

const item = (source: string, links: readonly string[] = [], readOnly = false) => ({ source, links, readOnly });

const GOOD = [
  ["web", [item("web")]],
  ["a b\tc", [item("a"), item("b"), item("c")]],
  ["./a///./b/.", [item("a/b")]],
  ["web:other", [item("web", ["other"])]],
  ["web:other:ro", [item("web", ["other"], true)]],
  ["web::ro", [item("web", [], true)]],
  ["web:", [item("web")]],
  ["web:a web:b:ro web:a", [item("web", ["a", "b"], true)]],
  ['"with blank":to', [item("with blank", ["to"])]],
  ["a\\:b:c", [item("a:b", ["c"])]],
  ["a\\x20b", [item("a b")]],
  ["%n/%%:x", [item("web.service/%", ["x"])]],
  ["privateer", [item("privateer")]],
  ["ünï", [item("ünï")]],
] as const;

for (const [text, items] of GOOD) {
  test(`${text} is read`, () => assert.equal(read(text), { items, complaints: [] }));
}

const BAD = [
  "/abs",
  "..",
  "a/../b",
  "a/..",
  "private",
  "private/x",
  "./private",
  "a:private/x",
  "a:/abs",
  "a:..",
  "a:b:rw",
];
const WORSE = [".", "a\\x01b", "a\\nb", "a\\qb", `${"n".repeat(256)}`, "\\xff"];

for (const text of [...BAD, ...WORSE]) {
  test(`${text} is dropped with a complaint, and the rest is kept`, () => {
    const { items, complaints } = read(`one ${text} two`);
    assert.equal(items, [item("one"), item("two")]);
    assert.is(complaints.length, 1);
  });
}

test("text after a third colon is reported and ignored, and the item is kept", () => {
  const { items, complaints } = read("a:b:ro:c");
  assert.equal(items, [item("a", ["b"], true)]);
  assert.is(complaints.length, 1);
});

test("ConfigurationDirectory= accepts no links", () => {
  const value = directoryList({ links: "no" });
  assert.equal(read("app::ro", value).items, [item("app", [], true)]);
  assert.is(read("app:other", value).complaints.length, 1);
});

test("a later assignment appends and merges items of the same directory", () => {
  const merged = list.merge!([item("a", ["x"]), item("b")], [item("a", ["y"], true)]);
  assert.equal(merged, [item("a", ["x", "y"], true), item("b")]);
});

test("directories are sorted by path components, parents first", () => {
  const sorted = sortDirectories(read("quux-b/x b/c quux a.b a/b a b/c/d").items);
  assert.equal(
    sorted.map((one) => `${one.source}${one.inside ? " inside" : ""}`),
    ["a", "a/b inside", "a.b", "b/c", "b/c/d inside", "quux", "quux-b/x"],
  );
});

test.run();
