import { test } from "uvu";
import * as assert from "uvu/assert";
import { ProtectClock } from "../../src/directives/protectClock.ts";
import { ProtectHostname } from "../../src/directives/protectHostname.ts";
import { checkRows, type FoundRows } from "../../src/tools/generate.ts";

const found = (...rows: FoundRows["rows"]): FoundRows => ({ file: "row.ts", exported: rows[0]!.name, rows });

test("rows that are in order pass", () => {
  assert.equal(checkRows([found(ProtectClock)]), []);
});

test("an undocumented row is refused", () => {
  assert.equal(checkRows([found({ ...ProtectClock, summary: "" })]), ["row.ts: ProtectClock= has no summary"]);
});

test("a row that is not supported in full has to say how it deviates", () => {
  const { deviation: _, ...row } = ProtectClock;
  assert.equal(checkRows([found({ ...row, support: "partial" })]), [
    "row.ts: ProtectClock= is partial and has no deviation",
  ]);
});

test("an export bears the name of its row", () => {
  assert.equal(checkRows([{ ...found(ProtectClock), exported: "ProtectClocks" }]), [
    "row.ts: the row of ProtectClock= is exported as ProtectClocks",
  ]);
});

test("a name has one row, a position one filter", () => {
  const [twin] = checkRows([found(ProtectClock), { ...found(ProtectClock), file: "other.ts" }]);
  assert.is(twin, "ProtectClock= is declared in row.ts and in other.ts");
  const order = ProtectClock.filter!.order;
  const tied = { ...ProtectHostname, filter: { ...ProtectHostname.filter!, order } };
  assert.match(checkRows([found(ProtectClock), found(tied)]).join("\n"), /ProtectClock.*ProtectHostname/);
});

test.run();
