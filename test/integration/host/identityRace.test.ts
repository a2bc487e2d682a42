import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { collect } from "../../../src/identity/collect.ts";
import { scratchRegistry } from "../../support/identity/registry.ts";

const PROCESSES = 8;
const TURNS = 200;
const CLAIMER = join(import.meta.dirname, "../../support/identity/claimer.ts");

test("eight processes that claim, release and are killed at random never share a UID between names", async () => {
  const directory = fs.mkdtempSync("/dev/shm/dynuser-race-");
  try {
    const printed = (await Promise.all(Array.from({ length: PROCESSES }, (_, i) => compete(directory, i)))).flat();
    assert.equal(printed, []);
    const registry = scratchRegistry(directory);
    collect(registry);
    for (const path of ["own/holders", "own/leases", "userdb", "dynamic-uid"]) {
      assert.equal(fs.readdirSync(`${directory}/${path}`), [], path);
    }
    assert.equal(registry.warnings, []);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

/** Runs one competitor for its turns; half of the time it is killed on the way, and another one goes on. */
async function compete(directory: string, seed: number): Promise<readonly string[]> {
  const printed: string[] = [];
  for (let left = TURNS; left > 0; ) {
    const turns = Math.min(left, 25);
    const child = spawn(process.execPath, [CLAIMER, directory, String(seed), String(turns)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const timer = Math.random() < 0.5 ? killWithin(child, 400) : undefined;
    const [code, signal] = await once(child, "close");
    clearTimeout(timer);
    if (code !== 0 && signal !== "SIGKILL") printed.push(`ended with ${code ?? signal}`);
    printed.push(...text.split("\n").filter(Boolean));
    left -= turns;
  }
  return printed;
}

function killWithin(child: ChildProcess, milliseconds: number): NodeJS.Timeout {
  return setTimeout(() => child.kill("SIGKILL"), Math.random() * milliseconds);
}

test.run();
