import { test } from "uvu";
import * as assert from "uvu/assert";
import { fuzzArguments } from "../support/engines/fuzzRun.ts";

const VECTORS = { crun: 50_000, runc: 25_000, "newest crun": 15_000, "newest runc": 10_000 } as const;

for (const [title, count] of Object.entries(VECTORS)) {
  test(`${count} random calls: ${title} reads what was judged, as the user that was claimed`, async () => {
    const ways = await fuzzArguments(title, count, 1);
    console.log(title, ways);
    // runc deletes no container whose state it cannot read
    const expected = ["refused", "untouched", "prepared", ...(title.endsWith("crun") ? ["deleted"] : [])];
    for (const way of expected) assert.ok(ways[way]! > 0, `${title}: none was ${way}`);
  });
}

test.run();
