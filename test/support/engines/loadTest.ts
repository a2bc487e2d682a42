import * as assert from "uvu/assert";
import { DYNUSER } from "../hosts/dynuser.ts";
import { openTestHost } from "../hosts/testHost.ts";
import { tracesIn } from "./engines.ts";
import { openLoad } from "./load.ts";

/**
 * So many containers through the OCI runtime, in bursts that overlap: all of them start with UIDs of their own, and none
 * leaves anything. Returns a line of figures.
 */
export async function runLoad(containers: number, burst: number): Promise<string> {
  const testHost = await openTestHost();
  try {
    const load = openLoad(testHost);
    const numbers = Array.from({ length: containers }, (_, number) => number);
    for (let first = 0; first < containers; first += burst) {
      assert.equal(await load.start(numbers.slice(first, first + burst)), []);
    }
    const times = load.prepareTimes();
    const held = JSON.parse(testHost.run([DYNUSER, "uid", "ls", "--json"]).stdout) as readonly {
      readonly uid: number;
    }[];
    assert.is(new Set(held.map(({ uid }) => uid)).size, containers);
    assert.equal(testHost.run([DYNUSER, "gc", "--dry-run"]).stdout, "", "nothing that lives is collected");
    assert.equal(await load.stop(numbers), []);
    assert.equal(tracesIn(testHost), []);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return `prepare of ${times.length} containers: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${times.at(-1)} ms`;
  } finally {
    await testHost.close();
  }
}
