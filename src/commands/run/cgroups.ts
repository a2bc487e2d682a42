import { cgroupsOf } from "../../host/cgroups.ts";
import type { Scope } from "../../plan.ts";
import type { Lifecycle, Step } from "./lifecycle.ts";

/**
 * Below the root of each hierarchy. Runtimes want an empty cgroup for each container, so every command of a service has
 * one of its own; the first main one has the plain name.
 */
export function cgroupPathOf({ containerId }: Scope, step: Step, index: number): string {
  const name = `/dynuser-${containerId}`;
  return step === "ExecStart" && index === 0 ? name : `${name}-${step}-${index}`;
}

/** The directories of all of them. */
export function allCgroups(scope: Scope, { commands }: Pick<Lifecycle, "commands">): readonly string[] {
  return Object.entries(commands).flatMap(([step, list]) =>
    list.flatMap((_, index) => cgroupsOf(cgroupPathOf(scope, step as Step, index))),
  );
}
