import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arm, disarm } from "../../support/faults.ts";
import type { ScratchRegistry } from "../../support/identity/registry.ts";

// only what is imported after the faults can fail
const { claim } = await import("../../../src/identity/claim.ts");
const { recordExpectation } = await import("../../../src/identity/expectation.ts");
const { collect } = await import("../../../src/identity/collect.ts");
const { release } = await import("../../../src/identity/release.ts");
const { dynamicRequest, scratchRegistry } = await import("../../support/identity/registry.ts");

const ERRNOS = ["ENOSPC", "EROFS", "EACCES", "EMFILE", "EIO", "EINTR"];

/** A memory file system makes thousands of steps cheap. */
function withMemory<T>(use: (directory: string) => T): T {
  const directory = fs.mkdtempSync("/dev/shm/dynuser-faults-");
  try {
    return use(directory);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** Everything that is still held; an empty lease and a lock file without a lock are not. */
function heldIn({ paths }: ScratchRegistry): readonly string[] {
  const leases = fs.readdirSync(`${paths.stateDir}/leases`).map((lease) => `${paths.stateDir}/leases/${lease}`);
  const uids = fs.readdirSync(`${paths.stateDir}/uids`).filter((uid) => {
    return !fs.readFileSync(`${paths.stateDir}/uids/${uid}`, "utf8").includes("restingSince");
  });
  return [...[`${paths.stateDir}/holders`, ...leases, paths.userdb].flatMap(filesIn), ...uids];
}

function filesIn(directory: string): readonly string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory) : [];
}

const request = () => dynamicRequest("foo", "c", { groupName: "web", supplementary: ["tty"] });
const ONE_LINE =
  /^UserError: cannot (?:(?:claim a user for|release the user of|record the state of) container "c"|keep files in \S+): .*$/;

interface Trial {
  prepare?(): void;
  act(): void;
  check(failed: boolean, hit: string): void;
}

/** Lets each system call of `act` fail in turn; returns how many there are. */
function failEach(errno: string, { prepare, act, check }: Trial): number {
  for (let at = 1; ; at++) {
    prepare?.();
    arm({ at, what: errno });
    let failure: unknown;
    try {
      act();
    } catch (error) {
      failure = error;
    }
    const { hit } = disarm();
    if (failure !== undefined && !ONE_LINE.test(String(failure))) assert.unreachable(`${errno} at ${hit}: ${failure}`);
    check(failure !== undefined, `${errno} at ${at}, ${hit}`);
    if (hit === "") return at;
  }
}

for (const errno of ERRNOS) {
  test(`${errno} at any step of a claim: one line says which, and nothing is held`, () =>
    withMemory((directory) => {
      const registry = scratchRegistry(directory);
      const steps = failEach(errno, {
        act: () => void claim(request(), registry),
        check: (failed, hit) => {
          if (!failed) release("c", registry);
          assert.equal(heldIn(registry), [], hit);
          collect(registry);
          const { stateDir, dynamicUids } = registry.paths;
          assert.equal([`${stateDir}/leases`, dynamicUids].flatMap(filesIn), [], hit);
        },
      });
      assert.ok(steps > 100, `${steps} steps`);
    }));

  test(`${errno} at any step of a release: what it could not do is done by the next call`, () =>
    withMemory((directory) => {
      const registry = scratchRegistry(directory);
      const steps = failEach(errno, {
        prepare: () => {
          claim(request(), registry);
          recordExpectation("c", { releases: [{ kind: "removeIpc", uid: 5, gid: 5 }] }, registry);
        },
        act: () => release("c", registry),
        check: (_failed, hit) => {
          release("c", registry);
          collect(registry);
          assert.equal(heldIn(registry), [], hit);
        },
      });
      assert.ok(steps > 50, `${steps} steps`);
    }));
}

test.run();
