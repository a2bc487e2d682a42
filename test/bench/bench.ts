import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/oci/spec.ts";
import {
  RUNTIMES as HOST_RUNTIMES,
  installLibraries,
  type Laboratory,
  openLaboratory,
} from "../support/hosts/comparisonHost.ts";
import { measureEngines } from "./engines.ts";
import type { Measurement, MeasurePlan } from "./measure.ts";
import { type Promised, tell } from "./tell.ts";
import { measureWithoutRoot } from "./withoutRoot.ts";

/** `npm run bench`: how long a start takes, dynuser beside those that it builds on or competes with. */

const BENCH = "/opt/bench";
/** On a disk, so that a cold start is one for them as well. */
const PROGRAMS = "/var/lib/bench-programs";
const DYNUSER = `${PROGRAMS}/dynuser`;
const BWRAP = `${PROGRAMS}/bwrap`;
const RUNTIMES = { crun: `${PROGRAMS}/crun`, runc: `${PROGRAMS}/runc` } as const;
const INSTALLED = {
  dynuser: join(import.meta.dirname, "../../dist/dynuser"),
  ...HOST_RUNTIMES,
  bwrap: "/usr/bin/bwrap",
};

const ROUNDS = 30;
const COLD_ROUNDS = 3;
const FILE_COUNTS = [10, 10_000, 100_000];

await measureEngines();
await measureWithoutRoot();
const state = mkdtempSync("/var/tmp/dynuser-bench-");
try {
  const laboratory = await openLaboratory({ stateDirectory: state });
  try {
    runAll(laboratory);
  } finally {
    await laboratory.stop();
  }
} finally {
  rmSync(state, { recursive: true });
}

function runAll(laboratory: Laboratory): void {
  prepare(laboratory);
  const report = (title: string, plan: MeasurePlan): void => {
    tell(title, plan, measureInside(laboratory, plan), promisesOf(title));
  };
  report("start of /bin/true", { rounds: ROUNDS, cold: "no", fill: {}, commands: starts() });
  for (const count of FILE_COUNTS) report(`with ${count} files in its state directory`, withFiles(count));
  report("first start, caches dropped", { rounds: COLD_ROUNDS, cold: "yes", fill: {}, commands: starts() });
}

/** A start costs less than systemd-run's, and with dropped caches at most twice what the runtime alone does. */
function promisesOf(title: string): readonly Promised[] {
  if (title.startsWith("start")) return [{ of: "dynuser run, crun", over: "systemd-run", most: { ratio: 1 } }];
  if (title.startsWith("first")) return [{ of: "dynuser run, crun", over: "crun run, bare", most: { ratio: 2 } }];
  return [];
}

function prepare({ reference: { root } }: Laboratory): void {
  mkdirSync(root + BENCH, { recursive: true });
  copyFileSync(process.execPath, `${root}${BENCH}/bun`);
  copyFileSync(join(import.meta.dirname, "measure.ts"), `${root}${BENCH}/measure.ts`);
  for (const directory of [`${BENCH}/bundle`, `${BENCH}/rootfs`, PROGRAMS])
    mkdirSync(root + directory, { recursive: true });
  for (const [name, program] of Object.entries(INSTALLED)) {
    copyFileSync(program, `${root}${PROGRAMS}/${name}`);
    installLibraries(root, program);
  }
  writeFileSync(`${root}${BENCH}/bundle/config.json`, JSON.stringify(bareSpec()));
}

/** The least that both runtimes start in namespaces of their own; the root is a copy of `/`, as dynuser's is. */
function bareSpec(): Spec {
  return {
    ociVersion: "1.0.2",
    process: { cwd: "/", user: { uid: 0, gid: 0 }, args: ["/bin/true"], env: ["PATH=/usr/bin:/bin"] },
    root: { path: `${BENCH}/rootfs` },
    mounts: [],
    linux: { namespaces: [{ type: "mount" }] },
  };
}

function starts(): Readonly<Record<string, readonly string[]>> {
  return {
    "crun run, bare": bare(RUNTIMES.crun),
    "dynuser run, crun": dynuser("crun", "bench"),
    "runc run, bare": bare(RUNTIMES.runc),
    "dynuser run, runc": dynuser("runc", "bench"),
    bwrap: [BWRAP, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "/bin/true"],
    "systemd-run": systemdRun(),
  };
}

function bare(runtime: string): readonly string[] {
  const script = `mount --rbind / ${BENCH}/rootfs && exec ${runtime} run --bundle ${BENCH}/bundle bench-bare`;
  return ["unshare", "-m", "--propagation", "private", "sh", "-c", script];
}

function dynuser(runtime: keyof typeof RUNTIMES, name: string, ...settings: readonly string[]): readonly string[] {
  const options = ["DynamicUser=yes", ...settings].flatMap((setting) => ["-p", setting]);
  return [DYNUSER, "run", "--runtime", RUNTIMES[runtime], "--name", name, ...options, "--", "/bin/true"];
}

function systemdRun(...settings: readonly string[]): readonly string[] {
  const options = ["DynamicUser=yes", ...settings].flatMap((setting) => ["-p", setting]);
  return ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", ...options, "/bin/true"];
}

/** Each side has its own directory, as one changes owners that the other would see. */
function withFiles(count: number): MeasurePlan {
  const directory = (side: string): string => `bench-${side}-${count}`;
  const sides = ["crun", "runc", "systemd"];
  return {
    rounds: Math.ceil(ROUNDS / 3),
    cold: "no",
    fill: Object.fromEntries(sides.map((side) => [`/var/lib/private/${directory(side)}`, count])),
    commands: {
      "crun run, bare": bare(RUNTIMES.crun),
      "dynuser run, crun": dynuser("crun", "bench-crun", `StateDirectory=${directory("crun")}`),
      "dynuser run, runc": dynuser("runc", "bench-runc", `StateDirectory=${directory("runc")}`),
      "systemd-run": systemdRun(`StateDirectory=${directory("systemd")}`),
    },
  };
}

function measureInside({ reference: { run, root } }: Laboratory, plan: MeasurePlan): Measurement {
  writeFileSync(`${root}${BENCH}/plan.json`, JSON.stringify(plan));
  const command = [`${BENCH}/bun`, `${BENCH}/measure.ts`, `${BENCH}/plan.json`];
  const { status, stdout, stderr } = run(command, { timeoutSeconds: 600 });
  if (status !== 0) throw new Error(`measuring failed: ${stderr}`);
  return JSON.parse(stdout);
}
