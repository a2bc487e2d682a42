import type { Pod } from "../cri.ts";
import {
  CacheDirectory,
  ConfigurationDirectory,
  LogsDirectory,
  RuntimeDirectory,
  StateDirectory,
} from "../directives/execDirectories.ts";
import { canMap } from "../directives/execDirectoryOwner.ts";
import { findVolume } from "../directives/volumes.ts";
import type { Facts } from "../facts.ts";
import type { PodRules } from "../host/configuration.ts";
import { hashOfName } from "../identity/name.ts";
import type { Spec } from "../oci/spec.ts";
import { HOST_STORAGE, type Storage } from "../plan.ts";
import type { Service } from "../service.ts";

/** Below /var/lib and its like; no host has anything else there, whatever namespaces are called. */
const POD_DIRECTORY = "dynuser-pods";

/**
 * Directories that stay are those of the namespace: its pods find them again, and no pod of another one can name them.
 * Those in /run go with the container, and so are its own.
 */
export function podStorage(pod: Pod, { owner }: PodRules, fixedUid: number | undefined): Storage {
  const { namespace, name, container } = pod;
  return {
    prefix: `${POD_DIRECTORY}/${namespace}/`,
    runtimePrefix: `${POD_DIRECTORY}/${namespace}_${name}_${container}/`,
    owner: owner === undefined ? HOST_STORAGE.owner : { uid: owner, gid: owner },
    ...(fixedUid === undefined ? {} : { fixedUid }),
  };
}

/**
 * The number that all nodes agree on, for a container with a volume that other nodes share and nothing can map.
 * Undefined where there is no such volume, or no range for it.
 */
export function fixedUidOf(
  name: string,
  service: Service,
  start: { readonly spec: Spec; readonly facts: Facts },
  { fixedUids }: PodRules,
): number | undefined {
  if (fixedUids === undefined || !sharesUnmapped(service, start)) return undefined;
  return fixedUids.first + hashOfName(name, fixedUids.last - fixedUids.first + 1);
}

const KINDS = [
  { directive: RuntimeDirectory, base: "/run" },
  { directive: StateDirectory, base: "/var/lib" },
  { directive: CacheDirectory, base: "/var/cache" },
  { directive: LogsDirectory, base: "/var/log" },
  { directive: ConfigurationDirectory, base: "/etc" },
] as const;

function sharesUnmapped(service: Service, start: { readonly spec: Spec; readonly facts: Facts }): boolean {
  const paths = KINDS.flatMap(({ directive, base }) =>
    (service.get(directive) ?? []).map(({ source }) => `${base}/${source}`),
  );
  const volumes = paths.flatMap((path) => findVolume(path, start) ?? []);
  return volumes.some(({ source }) => !canMap(source, start) && start.facts.isShared(source));
}
