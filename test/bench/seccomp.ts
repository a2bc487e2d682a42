import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/oci/spec.ts";
import { ENGINE_PROFILES } from "../support/engineProfiles.ts";
import { SECCOMP_SETTINGS } from "../support/seccompSettings.ts";

/** What filters add to `dynuser prepare`: the same container without any, with new ones, and with some that it had before. */

const ROUNDS = 15;
const BINARY = join(import.meta.dirname, "../../dist/dynuser");
const CACHE = "/run/dynuser/cache";

const directory = mkdtempSync("/run/dynuser-bench-");
try {
  for (const engine of Object.keys(ENGINE_PROFILES)) {
    for (const title of ["allowed calls", "a whole service"]) compare(engine, title);
  }
} finally {
  rmSync(directory, { recursive: true });
}

function compare(engine: string, title: string): void {
  const [none, all] = [specOf(engine, []), specOf(engine, SECCOMP_SETTINGS[title]!)];
  const differences = { first: [] as number[], again: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const without = prepare(none);
    rmSync(CACHE, { recursive: true, force: true });
    prepare(none);
    differences.first.push(prepare(all) - without);
    differences.again.push(prepare(all) - without);
  }
  const [first, again] = [median(differences.first), median(differences.again)];
  console.log(
    `${title} inside the profile of ${engine}: ${again.toFixed(1)} ms more, the first time ${first.toFixed(1)}`,
  );
}

function specOf(engine: string, settings: readonly string[]): Spec {
  const seccomp = ENGINE_PROFILES[engine];
  const values = new Map<string, string[]>();
  for (const [name = "", value = ""] of settings.map((setting) => setting.split(/=(.*)/s))) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const lines = [...values].map(([name, texts]) => [`dynuser/${name}`, texts.join("\n")]);
  return {
    ociVersion: "1.0.2",
    process: { user: { uid: 0, gid: 0 }, cwd: "/", args: ["true"], noNewPrivileges: true },
    root: { path: "rootfs" },
    annotations: Object.fromEntries([["dynuser/DynamicUser", "yes"], ...lines]),
    linux: seccomp === undefined ? {} : { seccomp },
  };
}

/** Milliseconds of one `prepare`; its user is given back. */
function prepare(spec: Spec): number {
  const bundle = mkdtempSync(`${directory}/bundle-`);
  const id = bundle.split("/").at(-1)!;
  mkdirSync(`${bundle}/rootfs`);
  writeFileSync(`${bundle}/config.json`, JSON.stringify(spec));
  const milliseconds = call("prepare", "--runtime", "/usr/bin/crun", "--", "create", "--bundle", bundle, id);
  call("release", `run:crun:${id}`);
  return milliseconds;
}

function call(...args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(BINARY, args, { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1]!;
}
