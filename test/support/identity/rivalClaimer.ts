import { RangeFull } from "../../../src/identity/allocate.ts";
import { claim } from "../../../src/identity/claim.ts";
import { openRegistry } from "../../../src/identity/openRegistry.ts";
import { hasProcesses } from "../../../src/identity/processes.ts";
import { release } from "../../../src/identity/release.ts";
import { dynamicRequest } from "./registry.ts";

/**
 * Claims and releases COUNT times, each time one of NAMES, in the host's own places beside a systemd that wants the same
 * UIDs. No claimed user runs anything, so that a process with a claimed UID is one of systemd's: a collision.
 */
const [count = "", ...names] = process.argv.slice(2);
const registry = openRegistry({ cooldownSeconds: 0, perform: () => undefined, warn: (text) => console.log(text) });

for (let turn = 0; turn < Number(count); turn++) {
  const id = `rival-${process.pid}-${turn}`;
  const name = names[Math.floor(Math.random() * names.length)]!;
  try {
    const { uid } = claim(dynamicRequest(name, id), registry).identity;
    if (hasProcesses(uid)) console.log(`${name} got UID ${uid}, which a service has`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 20);
    if (hasProcesses(uid)) console.log(`a service got UID ${uid} of ${name}`);
  } catch (error) {
    if (error instanceof RangeFull) throw error;
    console.log(String(error));
  }
  release(id, registry);
}
console.log(`${count} claims`);
