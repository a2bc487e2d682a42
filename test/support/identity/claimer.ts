import * as fs from "node:fs";
import { claim } from "../../../src/identity/claim.ts";
import { recordExpectation } from "../../../src/identity/expectation.ts";
import { release } from "../../../src/identity/release.ts";
import { dynamicRequest, SCRATCH_RANGE, scratchRegistry } from "./registry.ts";

/**
 * One of several competing processes: claims and releases COUNT times in the allocator below DIRECTORY. While it has a
 * UID it holds `proof/UID`, which names the user: two names in one proof are a collision. Prints every collision.
 */
const [directory = "", seed = "", count = ""] = process.argv.slice(2);
const registry = scratchRegistry(directory, {
  range: { first: SCRATCH_RANGE.first, last: SCRATCH_RANGE.first + 23 },
  cooldownSeconds: 0,
  warn: (text) => console.log(text),
});

for (let turn = 0; turn < Number(count); turn++) {
  const name = `n${Math.floor(Math.random() * 16)}`;
  const id = `${seed}-${process.pid}-${turn}`;
  const { uid } = claim(dynamicRequest(name, id), registry).identity;
  prove(uid, name, id);
  recordExpectation(id, { releases: [{ kind: "remove", path: proofOf(uid, name, id), links: [] }] }, registry);
  fs.rmSync(proofOf(uid, name, id));
  release(id, registry);
}

/** Proofs of killed processes are there until their claim is collected, so only the living count. */
function prove(uid: number, name: string, id: string): void {
  fs.mkdirSync(`${directory}/proof/${uid}`, { recursive: true });
  fs.writeFileSync(proofOf(uid, name, id), "");
  for (const proof of fs.readdirSync(`${directory}/proof/${uid}`)) {
    const [otherName, , pid] = proof.split("-");
    if (otherName !== name && fs.existsSync(`/proc/${pid}`))
      console.log(`UID ${uid} is held by ${name} and by ${proof}`);
  }
}

function proofOf(uid: number, name: string, id: string): string {
  return `${directory}/proof/${uid}/${name}-${id}`;
}
