import { PLACES } from "../../../host/runtime.ts";
import { isAtLeast } from "../../../values/version.ts";
import { type Area, type Finding, ok, problem, warning } from "../finding.ts";
import type { Host } from "../host.ts";

interface Flaw {
  readonly runtime: "crun" | "runc";
  readonly name: string;
  /** Mended in these versions and in later ones of their series; the last one and all after it. */
  readonly mended: readonly (readonly number[])[];
}

/** Ways out of a container; distributions mend old versions without a new number. */
const FLAWS: readonly Flaw[] = [
  { runtime: "runc", name: "CVE-2019-5736", mended: [[1, 0, 0]] },
  { runtime: "runc", name: "CVE-2024-21626", mended: [[1, 1, 12]] },
  {
    runtime: "runc",
    name: "CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881",
    mended: [
      [1, 2, 8],
      [1, 3, 3],
      [1, 4, 0],
    ],
  },
  { runtime: "crun", name: "CVE-2025-24965 (krun)", mended: [[1, 20]] },
];

export const runtimes: Area<Host> = {
  name: "low-level runtimes",
  *probe(host) {
    const found = (["crun", "runc"] as const).flatMap((name) => locate(name, host));
    for (const runtime of found) yield* probeRuntime(runtime, host);
    if (found.length === 0) yield problem("found neither crun nor runc", "apt-get install crun");
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
    yield problem(`${path} does not tell its version`, `apt-get install --reinstall ${name}`);
    return;
  }
  const flaws = FLAWS.filter((flaw) => flaw.runtime === name && !isMended(version, flaw));
  if (flaws.length === 0) yield ok(`${path} ${version}`);
  else {
    yield warning(
      `${path} ${version} is from before ${flaws.map((flaw) => flaw.name).join("; ")} ${flaws.length > 1 ? "were" : "was"} mended`,
      `apt-get changelog ${name} | grep CVE tells whether the distribution has mended it; otherwise ${formatVersion(flaws.at(-1)!.mended[0]!)} or newer`,
    );
  }
  yield probeMapping({ name, path }, version, host);
}

/** A version of a series that was mended is one of that series, or later than all. */
function isMended(version: string, { mended }: Flaw): boolean {
  const series = version.split(".").slice(0, 2).map(Number);
  const own = mended.find(([major, minor]) => mended.length > 1 && major === series[0] && minor === series[1]);
  return isAtLeast(version, own ?? mended.at(-1)!);
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
