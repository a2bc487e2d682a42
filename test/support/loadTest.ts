import * as assert from "uvu/assert";
import { DYNUSER } from "./dynuser.ts";
import { tracesIn } from "./engines.ts";
import { openLoad } from "./load.ts";
import { openWorld } from "./world.ts";

/**
 * So many containers through the OCI runtime, in bursts that overlap: all of them start with UIDs of their own, and none
 * leaves anything. Returns a line of figures.
 */
export async function runLoad(containers: number, burst: number): Promise<string> {
  const world = await openWorld();
  try {
    const load = openLoad(world);
    const numbers = Array.from({ length: containers }, (_, number) => number);
    for (let first = 0; first < containers; first += burst) {
      assert.equal(await load.start(numbers.slice(first, first + burst)), []);
    }
    const times = load.prepareTimes();
    const held = JSON.parse(world.run([DYNUSER, "uid", "ls", "--json"]).stdout) as readonly { readonly uid: number }[];
    assert.is(new Set(held.map(({ uid }) => uid)).size, containers);
    assert.equal(world.run([DYNUSER, "gc", "--dry-run"]).stdout, "", "nothing that lives is collected");
    assert.equal(await load.stop(numbers), []);
    assert.equal(tracesIn(world), []);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return `prepare of ${times.length} containers: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${times.at(-1)} ms`;
  } finally {
    await world.close();
  }
}
