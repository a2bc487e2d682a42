import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Holder } from "../../src/identity/holderRecord.ts";
import { divide } from "../../src/identity/release.ts";
import type { Release } from "../../src/model/action.ts";

const remove = (path: string, ...links: string[]): Release => ({ kind: "remove", path, links });
const other = (...releases: Release[]) => ({ releases }) as unknown as Holder;

test("the last holder undoes everything at once", () => {
  assert.equal(divide([remove("/run/a"), remove("/run/b")], []), {
    now: [remove("/run/a"), remove("/run/b")],
    later: [],
  });
});

test("what another holder has recorded too is left to it", () => {
  assert.equal(divide([remove("/run/a"), remove("/run/b")], [other(remove("/run/a"))]), {
    now: [remove("/run/b")],
    later: [],
  });
});

test("a directory in which another holder has one waits for it", () => {
  assert.equal(divide([remove("/run/a")], [other(remove("/run/a/b"))]), { now: [], later: [remove("/run/a")] });
  assert.equal(divide([remove("/run/a")], [other(remove("/run/ab"))]), { now: [remove("/run/a")], later: [] });
});

test("the same directory with other links waits as well", () => {
  const own = remove("/run/a", "/run/x");
  assert.equal(divide([own], [other(remove("/run/a"))]), { now: [], later: [own] });
});

test.run();
