import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DIST } from "../support/dynuser.ts";
import {
  ASKING,
  type Engine,
  podmanCommand,
  runtimePath,
  startPodman,
  startStandby,
  writeHooks,
} from "../support/engines.ts";
import { IMAGE } from "../support/image.ts";
import { openWorld, type World } from "../support/world.ts";
import type { Measurement, MeasurePlan } from "./measure.ts";
import { type Promised, tell } from "./tell.ts";

/*
 * What containers of engines pay, side by side with the low-level runtime and with podman alone: when a dynuser stands by, and
 * when each call starts one of its own (which is a copy, since only the program that stands by is asked).
 */

const ROUNDS = { verb: 200, create: 60, run: 15 } as const;
const CONFIGURATION = "mkdir -p /etc/dynuser; echo 'engines: {podman: {policy: safe}}' >/etc/dynuser/config.yaml";

export async function measureEngines(): Promise<void> {
  const world = await openWorld();
  try {
    world.sh(CONFIGURATION);
    const podman = startPodman(world);
    cpSync(DIST, alone(world), { recursive: true });
    startStandby(world);
    for (const runtime of ["crun", "runc"] as const) {
      report(world, `${runtime}: a verb that we pass on`, passThrough(podman, runtime), [
        { of: "dynuser state", over: `${runtime} state`, most: { milliseconds: 1 } },
      ]);
      report(world, `${runtime}: create`, create(world, podman, runtime), [
        { of: "dynuser create", over: `${runtime} create`, most: { milliseconds: 12 } },
      ]);
      report(world, `podman run with ${runtime}`, podmanRun(world, runtime), [
        { of: "with hooks", over: "without us", most: { ratio: 1.15 } },
      ]);
    }
  } finally {
    await world.close();
  }
}

type RuntimeName = "crun" | "runc";

function alone({ directory }: World): string {
  return join(directory, "alone");
}

const PROGRAMS = { crun: "/usr/bin/crun", runc: "/usr/sbin/runc" } as const;

/** `state` of a running container that asks for nothing. */
function passThrough(podman: Engine, runtime: RuntimeName): MeasurePlan {
  const id = podman(["--runtime", runtime, "run", "-d", "--network", "none", IMAGE, "sleep", "10000"]).stdout.trim();
  return {
    rounds: ROUNDS.verb,
    cold: "no",
    fill: {},
    commands: {
      [`${runtime} state`]: [PROGRAMS[runtime], "state", id],
      "dynuser state": [runtimePath(runtime), "state", id],
    },
  };
}

/** Two bundles as podman writes them, one of a container that asks for a dynamic user with a state directory. */
function create(world: World, podman: Engine, runtime: RuntimeName): MeasurePlan {
  const plain = bundleOf(world, podman, "plain", []);
  const asking = bundleOf(world, podman, "asking", ASKING);
  const startingPath = join(alone(world), "libexec", runtime);
  const commandOf = (program: string, { directory, id }: Bundle) => [program, "create", "--bundle", directory, id];
  const removal = (program: string, { directory, id }: Bundle) => [
    "sh",
    "-c",
    `${program} delete --force ${id}; cd ${directory}; rm -f *-original.json; cp ../config.json .`,
  ];
  return {
    rounds: ROUNDS.create,
    cold: "no",
    fill: {},
    commands: {
      [`${runtime} create`]: commandOf(PROGRAMS[runtime], plain),
      "dynuser create": commandOf(runtimePath(runtime), asking),
      "dynuser create, alone": commandOf(startingPath, asking),
      "dynuser passing on": commandOf(runtimePath(runtime), plain),
    },
    afterwards: {
      [`${runtime} create`]: removal(PROGRAMS[runtime], plain),
      "dynuser create": removal(runtimePath(runtime), asking),
      "dynuser create, alone": removal(startingPath, asking),
      "dynuser passing on": removal(PROGRAMS[runtime], plain),
    },
  };
}

interface Bundle {
  readonly directory: string;
  readonly id: string;
}

/** A copy of the bundle of a container that runs, so that its root file system is there. */
function bundleOf(world: World, podman: Engine, name: string, options: readonly string[]): Bundle {
  const run = ["--runtime", "crun", "run", "-d", "--network", "none", ...options, IMAGE, "sleep", "10000"];
  const id = podman(run).stdout.trim();
  const place = join(world.directory, `${name}-${id.slice(0, 12)}`);
  world.sh(`mkdir -p ${place}/${id}; cp /var/lib/containers/storage/overlay-containers/${id}/userdata/config.json ${place}
    jq '.linux.cgroupsPath = "/bench-${id}"' ${place}/config.json >${place}/new && mv ${place}/new ${place}/config.json
    cp ${place}/config.json ${place}/${id}`);
  return { directory: `${place}/${id}`, id: `bench-${id.slice(0, 12)}` };
}

function podmanRun(world: World, runtime: RuntimeName): MeasurePlan {
  const libexec = join(alone(world), "libexec");
  const run = (globals: readonly string[], options: readonly string[]) =>
    podmanCommand(world, [...globals, "run", "--rm", "--network", "none", ...options, IMAGE, "true"]);
  return {
    rounds: ROUNDS.run,
    cold: "no",
    fill: {},
    commands: {
      "without us": run(["--runtime", runtime], []),
      "with hooks": run(["--runtime", runtime, "--hooks-dir", writeHooks(world)], ASKING),
      "with our runtime": run(["--runtime", runtimePath(runtime)], ASKING),
      "with hooks, alone": run(["--runtime", runtime, "--hooks-dir", writeHooks(world, `${libexec}/call`)], ASKING),
      "with our runtime, alone": run(["--runtime", `${libexec}/${runtime}`], ASKING),
    },
  };
}

function report(world: World, title: string, plan: MeasurePlan, promises: readonly Promised[]): void {
  tell(title, plan, measureIn(world, plan), promises);
}

function measureIn(world: World, plan: MeasurePlan): Measurement {
  const path = join(world.directory, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  const { status, stdout, stderr } = world.run([process.execPath, join(import.meta.dirname, "measure.ts"), path]);
  if (status !== 0) throw new Error(`measuring failed: ${stderr}`);
  return JSON.parse(stdout);
}

if (import.meta.main) await measureEngines();
