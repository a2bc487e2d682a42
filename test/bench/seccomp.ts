import { spawnSync } from "node:child_process";
import { applySeccomp } from "../../src/apply/seccomp.ts";
import { DIRECTIVES } from "../../src/directives/index.gen.ts";
import type { Spec } from "../../src/oci/spec.ts";
import { ENGINE_PROFILES } from "../support/engineProfiles.ts";
import { planAll } from "../support/plan.ts";
import { SECCOMP_SETTINGS } from "../support/seccompSettings.ts";

/** Milliseconds to plan and build one profile, the first in its process: `bench/seccomp.ts [ENGINE SETTINGS]`. */

const ROUNDS = 9;

const [engine, title] = process.argv.slice(2);
if (engine === undefined || title === undefined) measureAll();
else console.log(measureOnce(engine, title));

function measureAll(): void {
  for (const engine of Object.keys(ENGINE_PROFILES)) {
    for (const title of ["allowed calls", "a whole service"]) {
      const times = Array.from({ length: ROUNDS }, () => inNewProcess(engine, title)).sort((a, b) => a - b);
      const [least, median] = [times[0]!, times[Math.floor(ROUNDS / 2)]!];
      console.log(`${title} inside the profile of ${engine}: ${median.toFixed(1)} ms (at best ${least.toFixed(1)})`);
    }
  }
}

function inNewProcess(engine: string, title: string): number {
  const { stdout } = spawnSync(process.execPath, [import.meta.filename, engine, title], { encoding: "utf8" });
  return Number(stdout);
}

function measureOnce(engine: string, title: string): number {
  const seccomp = ENGINE_PROFILES[engine];
  const process = { user: { uid: 0, gid: 0 }, cwd: "/", noNewPrivileges: true };
  const spec: Spec = { ociVersion: "1.0.2", process, linux: seccomp === undefined ? {} : { seccomp } };
  // Everything is loaded before the clock starts, as in a compiled program.
  DIRECTIVES.get("SystemCallFilter");
  const start = performance.now();
  const edits = planAll(SECCOMP_SETTINGS[title]!, spec).flatMap((edit) => (edit.kind === "seccomp" ? [edit] : []));
  applySeccomp(spec, edits, { name: "crun" });
  return performance.now() - start;
}
