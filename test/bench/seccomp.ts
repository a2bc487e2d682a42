import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/oci/spec.ts";
import { ENGINE_PROFILES } from "../support/engines/engineProfiles.ts";
import { SECCOMP_SETTINGS } from "../support/seccomp/seccompSettings.ts";

/**
 * What building the profile adds to `dynuser prepare`: the same directives with values that ask for no filter, with new
 * filters, and with such as a container had before. The first time the joined profile is compiled too, which crun then
 * need not do.
 */

const ROUNDS = 25;
const MOST_MILLISECONDS = 3;
const FILTERS = /^(?:SystemCall|Restrict|MemoryDeny|LockPersonality)/;
const BINARY = join(import.meta.dirname, "../../dist/dynuser");
const CACHE = "/run/dynuser/cache";

const directory = mkdtempSync("/run/dynuser-bench-");
try {
  for (const engine of Object.keys(ENGINE_PROFILES)) {
    compare(engine, "allowed calls", SECCOMP_SETTINGS["allowed calls"]!);
    compare(
      engine,
      "all filters of a service",
      SECCOMP_SETTINGS["a whole service"]!.filter((one) => FILTERS.test(one)),
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}

function compare(engine: string, title: string, settings: readonly string[]): void {
  const [none, all] = [specOf(engine, settings.map(withoutFilter)), specOf(engine, settings)];
  const differences = { first: [] as number[], again: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(CACHE, { recursive: true, force: true });
    prepare(none);
    const first = prepare(all);
    const without = prepare(none);
    differences.first.push(first - without);
    differences.again.push(prepare(all) - without);
  }
  const [first, again] = [median(differences.first), median(differences.again)];
  const verdict = again <= MOST_MILLISECONDS ? "kept" : "BROKEN";
  console.log(
    `${verdict}: ${title} inside the profile of ${engine}: ${again.toFixed(1)} ms more, at most ${MOST_MILLISECONDS}; the first time ${first.toFixed(1)}`,
  );
}

/** The same directive, read and planned as well. */
function withoutFilter(setting: string): string {
  const [name, value] = setting.split("=");
  return `${name}=${value === "yes" ? "no" : ""}`;
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

/** Milliseconds of one `prepare`; its user is released. */
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
