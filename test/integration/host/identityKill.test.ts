import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claim } from "../../../src/identity/claim.ts";
import { collect } from "../../../src/identity/collect.ts";
import { readHistory } from "../../../src/identity/history.ts";
import { findLost } from "../../../src/identity/leftovers.ts";
import { release } from "../../../src/identity/release.ts";
import { dynamicRequest, SCRATCH_RANGE, scratchRegistry } from "../../support/identity/registry.ts";

const VICTIM = join(import.meta.dirname, "../../support/identity/victim.ts");
const AT_ONCE = 4;
/** What the hash of foo leads to. */
const FOO = SCRATCH_RANGE.first + 1832;

for (const verb of ["claim", "release"] as const) {
  test(`killed at each system call of a ${verb}: the next calls put everything right`, async () => {
    let killed = 0;
    const tryStep = async (step: number): Promise<boolean> => {
      const directory = fs.mkdtempSync("/dev/shm/dynuser-kill-");
      try {
        if (!(await isKilled(directory, verb, step))) return false;
        killed += 1;
        recover(directory, `${verb} ${step}`);
        return true;
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    };
    let next = 1;
    const walk = async () => {
      while (await tryStep(next++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, walk));
    assert.ok(killed > 60, `${killed} steps`);
  });
}

async function isKilled(directory: string, verb: string, step: number): Promise<boolean> {
  const child = spawn(process.execPath, [VICTIM, directory, verb, String(step)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code, signal] = await once(child, "exit");
  if (signal !== "SIGKILL") assert.is(code, 0);
  return signal === "SIGKILL";
}

/** Another name first, then gc, then the name itself. */
function recover(directory: string, step: string): void {
  const registry = scratchRegistry(directory);
  claim(dynamicRequest("bar", "other"), registry);
  release("other", registry);
  collect(registry);
  assert.equal(findLost(registry), [], step);
  const { stateDir, userdb, dynamicUids } = registry.paths;
  for (const path of [`${stateDir}/holders`, `${stateDir}/leases`, userdb, dynamicUids]) {
    assert.equal(fs.existsSync(path) ? fs.readdirSync(path) : [], [], `${step}: ${path}`);
  }
  assert.equal(readHistory(registry).damaged, [], step);
  assert.is(claim(dynamicRequest("foo", "c"), registry).identity.uid, FOO, `${step}: the name has its UID back`);
  release("c", registry);
  assert.equal(registry.warnings, [], step);
}

test.run();
