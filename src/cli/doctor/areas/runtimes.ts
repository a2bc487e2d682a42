import { PLACES } from "../../../host/runtimePlaces.ts";
import { isAtLeast } from "../../../values/version.ts";
import { changesCommand, installCommand } from "../distribution.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

interface Flaw {
  readonly runtime: "crun" | "runc";
  readonly name: string;
  /** Fixed in these versions and later ones of their series, and in all versions after the last. */
  readonly fixedIn: readonly (readonly number[])[];
}

/** Container escapes; distributions fix old versions without a new version number. */
const KNOWN_CVES: readonly Flaw[] = [
  { runtime: "runc", name: "CVE-2019-5736", fixedIn: [[1, 0, 0]] },
  { runtime: "runc", name: "CVE-2024-21626", fixedIn: [[1, 1, 12]] },
  {
    runtime: "runc",
    name: "CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881",
    fixedIn: [
      [1, 2, 8],
      [1, 3, 3],
      [1, 4, 0],
    ],
  },
  { runtime: "crun", name: "CVE-2025-24965 (krun)", fixedIn: [[1, 20]] },
];

export const runtimes: Area<Host> = {
  name: "low-level runtimes",
  *probe(host) {
    const found = (["crun", "runc"] as const).flatMap((name) => locate(name, host));
    for (const runtime of found) yield* probeRuntime(runtime, host);
    if (found.length === 0) yield problem("found neither crun nor runc", installCommand("crun", host));
  },
};

interface Runtime {
  readonly name: "crun" | "runc";
  readonly path: string;
}

function locate(name: Runtime["name"], host: Host): readonly Runtime[] {
  const path = PLACES.map((directory) => `${directory}/${name}`).find((one) => host.status(one)?.isFile());
  return path === undefined ? [] : [{ name, path }];
}

function* probeRuntime({ name, path }: Runtime, host: Host): Iterable<Finding> {
  const version = new RegExp(`^${name} version (\\d+\\.\\d+(?:\\.\\d+)?)`).exec(host.ask(path, "--version") ?? "")?.[1];
  if (version === undefined) {
    yield problem(`${path} does not print a version`, `reinstall it: ${installCommand(name, host)}`);
    return;
  }
  const flaws = KNOWN_CVES.filter((flaw) => flaw.runtime === name && !isFixed(version, flaw));
  if (flaws.length === 0) yield ok(`${path} ${version}`);
  else {
    yield warning(
      `${path} ${version} is older than the fixes of ${flaws.map((flaw) => flaw.name).join("; ")}`,
      `${fixHint(name, host)}version ${formatVersion(flaws.at(-1)!.fixedIn[0]!)} or newer`,
    );
  }
  yield probeMapping({ name, path }, version, host);
}

/** Distributions fix old versions without a new version number. */
function fixHint(name: string, host: Host): string {
  const command = changesCommand(name, host);
  return command === undefined ? "" : `fixed if listed by ${command}; otherwise `;
}

/** A version is fixed from the fix of its series on, otherwise from the newest fix on. */
function isFixed(version: string, { fixedIn }: Flaw): boolean {
  const series = version.split(".").slice(0, 2).map(Number);
  const own = fixedIn.find(([major, minor]) => fixedIn.length > 1 && major === series[0] && minor === series[1]);
  return isAtLeast(version, own ?? fixedIn.at(-1)!);
}

function probeMapping({ name, path }: Runtime, version: string, host: Host): Finding {
  const features = host.ask(path, "features");
  const says = /"idmap":\s*\{\s*"enabled":\s*(true|false)/.exec(features ?? "")?.[1];
  const can = says === undefined ? name === "crun" && isAtLeast(version, [1, 8, 1]) : says === "true";
  if (can && !/^1\.22(\.|$)/.test(name === "crun" ? version : "")) return ok(`${path} honours ID-mapped mounts`);
  return warning(
    `${path} ignores ID-mapped mounts without a user namespace: directories are chowned at a start`,
    name === "crun" ? "crun 1.8.1 or newer, but not 1.22" : "runc 1.2 or newer, or crun",
  );
}

function formatVersion(parts: readonly number[]): string {
  return parts.join(".");
}
