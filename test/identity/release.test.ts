import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Holder } from "../../src/identity/holderRecord.ts";
import { divide } from "../../src/identity/release.ts";
import type { Release } from "../../src/model/action.ts";

const RECORDS = "/run/dynuser/containers";
const remove = (path: string, ...links: string[]): Release => ({ kind: "remove", path, links });
const holder = (id: string, ...releases: Release[]) => ({ id, releases }) as unknown as Holder;

function split(releases: readonly Release[], ...others: readonly (readonly Release[])[]) {
  const { now, later } = divide(
    holder("own", ...releases),
    others.map((theirs) => holder("other", ...theirs)),
    RECORDS,
  );
  return { now, later };
}

test("the last holder undoes everything at once", () => {
  assert.equal(split([remove("/run/a"), remove("/run/b")]), { now: [remove("/run/a"), remove("/run/b")], later: [] });
});

test("what another holder has recorded too is left to it", () => {
  const shared = remove("/run/a");
  assert.equal(split([shared, remove("/run/b")], [], [shared]), { now: [remove("/run/b")], later: [] });
});

test("a directory in which another holder has one waits for it", () => {
  assert.equal(split([remove("/run/a")], [remove("/run/a/b")]), { now: [], later: [remove("/run/a")] });
  assert.equal(split([remove("/run/a")], [remove("/run/ab")]), { now: [remove("/run/a")], later: [] });
  assert.equal(split([remove("/run/a")], [remove("/run/a/b")], [remove("/run/a")]), { now: [], later: [] });
});

test("the same directory with other links waits as well", () => {
  const own = remove("/run/a", "/run/x");
  assert.equal(split([own], [remove("/run/a")]), { now: [], later: [own] });
});

test("others are read until nothing is left that they may have recorded", () => {
  const read: string[] = [];
  function* others(): Iterable<Holder> {
    for (const id of ["a", "b", "c"]) {
      read.push(id);
      yield holder(id, remove("/run/shared"), remove(`${RECORDS}/${id}`));
    }
  }
  const own = remove(`${RECORDS}/own`);
  assert.equal(divide(holder("own", own, remove("/run/shared")), others(), RECORDS).now, [own]);
  assert.equal(read, ["a"]);
  assert.equal(divide(holder("own", own), others(), RECORDS).now, [own]);
  assert.equal(read, ["a"]);
});

test.run();
