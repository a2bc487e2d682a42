import { ownCgroupBesideVersion1 } from "../../host/network/unifiedCgroups.ts";
import type { Scope } from "../../model/directive.ts";
import type { Lifecycle, Step } from "../lifecycle.ts";
import type { CgroupPlace } from "./place.ts";

/**
 * The cgroup of one command, below the place of the run. Each command has another one, as runtimes expect an empty
 * cgroup for a container; the first main command has the plain name.
 */
export function cgroupPathOf({ containerId }: Scope, step: Step, index: number): string {
  const name = `/dynuser-${containerId}`;
  return step === "ExecStart" && index === 0 ? name : `${name}-${step}-${index}`;
}

/** The cgroup directories of all commands. */
export function allCgroups(
  scope: Scope,
  { commands }: Pick<Lifecycle, "commands">,
  { parents }: CgroupPlace,
): readonly string[] {
  return pathsOf(scope, commands).flatMap((path) => [...parents.values()].map((parent) => parent + path));
}

/** What network filters are attached to on a host with both versions, hidden from the runtime. */
export function allFilterCgroups(
  scope: Scope,
  { commands }: Pick<Lifecycle, "commands">,
  { parents }: CgroupPlace,
): readonly string[] {
  if (parents.size === 0) return [];
  return pathsOf(scope, commands).flatMap((path) => ownCgroupBesideVersion1(filterCgroupOf(path)));
}

/** Its name is not the one that crun makes in what hides that hierarchy. */
export function filterCgroupOf(path: string): string {
  return `${path.slice(1)}-network`;
}

function pathsOf(scope: Scope, commands: Lifecycle["commands"]): readonly string[] {
  return Object.entries(commands).flatMap(([step, list]) =>
    list.map((_, index) => cgroupPathOf(scope, step as Step, index)),
  );
}
