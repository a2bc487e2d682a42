import { at, type Table } from "./toml.ts";

/** Where the settings of CRI are, by the version of the file. */
export const PLUGINS = { 2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime" } as const;
export type Version = keyof typeof PLUGINS;

/** A dump has the engine's version, whatever the version of the file. */
export function pluginVersion(source: Table, version: Version): Version {
  return at(source, "plugins", PLUGINS[3]) !== undefined
    ? 3
    : at(source, "plugins", PLUGINS[2]) !== undefined
      ? 2
      : version;
}
