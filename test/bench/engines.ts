import { cpSync } from "node:fs";
import { join } from "node:path";
import {
  ASKING,
  type Engine,
  podmanCommand,
  runtimePath,
  startPodman,
  startStandby,
  writeHooks,
} from "../support/engines/engines.ts";
import { IMAGE } from "../support/engines/image.ts";
import { DIST } from "../support/hosts/dynuser.ts";
import { openTestHost, type TestHost } from "../support/hosts/testHost.ts";
import { measureCreates, PROGRAMS, type RuntimeName } from "./creates.ts";
import type { MeasurePlan } from "./measure.ts";
import { measureIn } from "./measureIn.ts";
import { type Promised, tell } from "./tell.ts";

/*
 * What containers of engines pay, side by side with the low-level runtime and with podman alone: when a dynuser stands by, and
 * when each call starts its own (which is a copy, since a standby process serves its own program only).
 */

const ROUNDS = { verb: 200, run: 15 } as const;
const CONFIGURATION = "mkdir -p /etc/dynuser; echo 'engines: {podman: {policy: safe}}' >/etc/dynuser/config.yaml";

export async function measureEngines(): Promise<void> {
  const testHost = await openTestHost();
  try {
    testHost.sh(CONFIGURATION);
    const podman = startPodman(testHost);
    cpSync(DIST, alone(testHost), { recursive: true });
    startStandby(testHost);
    for (const runtime of ["crun", "runc"] as const) {
      report(testHost, `${runtime}: a verb that we pass on`, passThrough(podman, runtime), [
        { of: "dynuser state", over: `${runtime} state`, most: { milliseconds: 0.8 } },
      ]);
      measureCreates(testHost, runtime, alone(testHost));
      report(testHost, `podman run with ${runtime}`, podmanRun(testHost, runtime), [
        { of: "with hooks", over: "without us", most: { ratio: 1.15 } },
      ]);
    }
  } finally {
    await testHost.close();
  }
}

function alone({ directory }: TestHost): string {
  return join(directory, "alone");
}

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

function podmanRun(testHost: TestHost, runtime: RuntimeName): MeasurePlan {
  const libexec = join(alone(testHost), "libexec");
  const run = (globals: readonly string[], options: readonly string[]) =>
    podmanCommand(testHost, [...globals, "run", "--rm", "--network", "none", ...options, IMAGE, "true"]);
  return {
    rounds: ROUNDS.run,
    cold: "no",
    fill: {},
    commands: {
      "without us": run(["--runtime", runtime], []),
      "with hooks": run(["--runtime", runtime, "--hooks-dir", writeHooks(testHost)], ASKING),
      "with our runtime": run(["--runtime", runtimePath(runtime)], ASKING),
      "with hooks, alone": run(["--runtime", runtime, "--hooks-dir", writeHooks(testHost, `${libexec}/call`)], ASKING),
      "with our runtime, alone": run(["--runtime", `${libexec}/${runtime}`], ASKING),
    },
  };
}

function report(testHost: TestHost, title: string, plan: MeasurePlan, promises: readonly Promised[]): void {
  tell(title, plan, measureIn(testHost, plan), promises);
}

if (import.meta.main) await measureEngines();
