import { test } from "uvu";
import * as assert from "uvu/assert";
import { sharingMaps } from "../../src/apply/userNamespace.ts";
import type { IdRange } from "../../src/model/edit.ts";

const USER = { uid: 61234, gid: 61234 };

function map(ranges: readonly IdRange[], shared: number) {
  const edit = { kind: "userNamespace", map: "shared", ids: { uids: ranges, gids: ranges } } as const;
  const { uidMappings } = sharingMaps({ ...edit, shared: { uid: shared, gid: shared } }, USER);
  return uidMappings.map(({ containerID, hostID, size }) => [containerID, hostID, size]);
}

const SEVERAL = [
  { first: 0, count: 1 },
  { first: 1, count: 60000 },
  { first: 60001, count: 5536 },
];

test("the caller's only ID is shown as the user's", () => {
  assert.equal(map([{ first: 0, count: 1 }], 0), [[61234, 0, 1]]);
});

test("the caller changes places with the user, and no mapping crosses two ranges", () => {
  assert.equal(map(SEVERAL, 0), [
    [0, 61234, 1],
    [1, 1, 60000],
    [60001, 60001, 1233],
    [61234, 0, 1],
    [61235, 61235, 4302],
  ]);
});

test("another owner changes places with the user", () => {
  assert.equal(map(SEVERAL, 1000), [
    [0, 0, 1],
    [1, 1, 999],
    [1000, 61234, 1],
    [1001, 1001, 59000],
    [60001, 60001, 1233],
    [61234, 1000, 1],
    [61235, 61235, 4302],
  ]);
});

test("each ID is mapped once on each side", () => {
  for (const shared of [0, 1, 1000, 60001, 61233, 61235]) {
    const all = map(SEVERAL, shared);
    for (const side of [0, 1] as const) {
      const ids = all.flatMap((row) => Array.from({ length: row[2]! }, (_, index) => row[side]! + index));
      assert.is(new Set(ids).size, 65537, String(shared));
      assert.is(ids.length, 65537, String(shared));
    }
  }
});

test.run();
