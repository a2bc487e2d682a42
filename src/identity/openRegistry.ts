import { ensureDirectory, PRIVATE, PUBLIC } from "../sys/files/ownDirectory.ts";
import { hostNames } from "../sys/names/hostNames.ts";
import { findInit } from "./container.ts";
import { DEFAULT_RULES, HOST_PATHS, holdersIn, leasesIn, type Registry, uidsIn } from "./registry.ts";

export type RegistrySettings = Pick<Registry, "perform" | "warn"> & Partial<Registry>;

/** @throws UserError when the state directory could be written by others */
export function openRegistry(settings: RegistrySettings): Registry {
  const registry: Registry = {
    paths: HOST_PATHS,
    ...DEFAULT_RULES,
    names: settings.names ?? hostNames(),
    random: randomBelow,
    findInit,
    collectsFirst: true,
    spared: [process.pid],
    ...settings,
  };
  const { stateDir } = registry.paths;
  ensureDirectory(stateDir, PUBLIC);
  for (const path of [holdersIn(stateDir), leasesIn(stateDir), uidsIn(stateDir)]) ensureDirectory(path, PRIVATE);
  return registry;
}

function randomBelow(below: number): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % below;
}
