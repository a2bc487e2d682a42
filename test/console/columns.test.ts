import { test } from "uvu";
import * as assert from "uvu/assert";
import { inColumns } from "../../src/console/columns.ts";

const HEADING = ["NAME", "UID", "CONTAINER"];
const ROWS = [
  ["web", "63404", "run-web-8912baee"],
  ["a-service-with-a-long-name", "62377", "run-a-service-with-a-long-name-cf443c6b"],
];

test("a table has the width of its cells where no terminal limits it", () => {
  const lines = inColumns(HEADING, ROWS, undefined).split("\n");
  assert.equal(lines[0], "NAME                        UID    CONTAINER");
  assert.ok(lines[2]!.endsWith("run-a-service-with-a-long-name-cf443c6b"));
});

for (const width of [40, 60, 72]) {
  test(`a table fits a terminal of ${width} columns, and the end of each cell stays`, () => {
    const lines = inColumns(HEADING, ROWS, width).split("\n");
    for (const line of lines) assert.ok(line.length <= width, line);
    assert.match(lines[2]!, /^a-.*….*c6b$/);
    assert.match(lines[1]!, /^web .* 63404 {2}run-web/);
  });
}

test("on a terminal that has no room for the columns each row is a paragraph", () => {
  assert.is(
    inColumns(HEADING, ROWS, 20).split("\n\n")[0],
    "NAME       web\nUID        63404\nCONTAINER  run-web-8912baee",
  );
});

test("a cell that is empty or has control characters keeps its line", () => {
  assert.is(inColumns(["A", "B"], [["", "x\ny"]], 60), "A  B\n-  x\\ny");
});

test.run();
