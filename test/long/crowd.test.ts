import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claim } from "../../src/identity/claim.ts";
import { startDynuser } from "../support/hosts/dynuser.ts";
import { withScratch } from "../support/hosts/scratch.ts";
import { dynamicRequest, SCRATCH_RANGE, scratchRegistry } from "../support/identity/registry.ts";

const RUNS = 200;
const STATE = "/var/lib/private/dynuser-crowd";

test(`${RUNS} runs at once of one name share its user and its directory, and the last one takes the user along`, async () => {
  const settings = ["-p", "DynamicUser=yes", "-p", "StateDirectory=dynuser-crowd", "--name", "dynuser-crowd"];
  // Each stays until its standard input ends, so that all of them are there at one time.
  const script = 'id -u; : >"$STATE_DIRECTORY/$0"; read end; ls "$STATE_DIRECTORY" | wc -l';
  try {
    const started = Array.from({ length: RUNS }, (_, index) =>
      startDynuser(["run", ...settings, "--", "sh", "-c", script, `${index}`]),
    );
    const uids = new Set(await Promise.all(started.map((one) => one.until("\n"))));
    assert.is(uids.size, 1, [...uids].join());
    for (const one of started) one.process.stdin!.end();
    const ends = await Promise.all(started.map(async (one) => [await one.until(`\n${RUNS}\n`), await one.ended]));
    assert.equal(new Set(ends.map(([, code]) => code)), new Set([0]));
    assert.is(readdirSync(STATE).length, RUNS);
    assert.is(statSync(STATE).uid, 65534);
    for (const path of ["/run/dynuser/leases/dynuser-crowd", "/run/userdb/dynuser-crowd.user"])
      assert.is(existsSync(path), false, path);
  } finally {
    rmSync("/var/lib/dynuser-crowd", { force: true });
    rmSync(STATE, { recursive: true, force: true });
  }
});

test("4,336 names fill the range, and the next one is refused with the names that hold it", () => {
  withScratch((directory) => {
    const registry = scratchRegistry(directory);
    const size = SCRATCH_RANGE.last - SCRATCH_RANGE.first + 1;
    const uids = Array.from(
      { length: size },
      (_, index) => claim(dynamicRequest(`n${index}`, `c${index}`), registry).identity.uid,
    );
    assert.is(new Set(uids).size, 4336);
    assert.throws(
      () => claim(dynamicRequest("late", "late"), registry),
      /^cannot give "late" a user: found all 4336 UIDs from \d+ to \d+ taken, 4336 by containers \(n\d+, .*…\), 0 by others/,
    );
  });
});

test.run();
