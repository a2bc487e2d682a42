import { endListed, endProcesses, processesIn } from "../identity/processes.ts";
import type { Registry } from "../identity/registry.ts";
import { descendantsOf } from "../sys/process/descendants.ts";

/** How the processes of a run are found. */
export interface Fence {
  /** Those that run; none that only waits to be reaped. */
  processes(): readonly number[];
  /** Ends them and waits until they have gone. */
  end(registry: Registry): void;
}

/**
 * By the run's cgroups; without any, by descent: dynuser is the subreaper of all that its children start, and a user without
 * root may make no cgroup.
 */
export function fenceOf(cgroups: readonly string[]): Fence {
  return cgroups.length > 0 ? cgroupFence(cgroups) : DESCENDANTS;
}

function cgroupFence(cgroups: readonly string[]): Fence {
  return {
    processes: () => processesIn(cgroups),
    end: (registry) => endProcesses(cgroups, registry),
  };
}

const DESCENDANTS: Fence = {
  processes: () => descendantsOf(process.pid),
  end: () => endListed("descendants of dynuser", () => descendantsOf(process.pid)),
};
