import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareDocuments } from "../../src/console/comparison.ts";

test("equal documents have no differences", () => {
  assert.equal(compareDocuments({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), []);
});

test("an added, removed or changed member is reported with its path", () => {
  assert.equal(compareDocuments({ a: { b: 1, c: 2 } }, { a: { b: 3, d: 4 } }), [
    { path: "a.b", before: "1", after: "3" },
    { path: "a.c", before: "2", after: undefined },
    { path: "a.d", before: undefined, after: "4" },
  ]);
});

test("the words of a list that came or went share a line", () => {
  assert.equal(compareDocuments({ caps: ["A", "B", "C"] }, { caps: ["B"] }), [
    { path: "caps[]", before: "A C", after: undefined },
  ]);
});

test("an item that only moved is no difference", () => {
  assert.equal(compareDocuments([{ x: 1 }, { x: 2 }], [{ x: 2 }, { x: 1 }]), []);
});

test.run();
