import type { PodRules } from "../config/configuration.ts";
import { directoryPaths } from "../directives/execDirectories.ts";
import { canMap } from "../directives/execDirectoryOwner.ts";
import { findVolume } from "../directives/volumes.ts";
import { hashOfName } from "../identity/name.ts";
import type { Service, Storage } from "../model/directive.ts";
import type { Facts } from "../model/facts.ts";
import { HOST_STORAGE } from "../model/plan.ts";
import type { Pod } from "../model/pod.ts";
import type { Spec } from "../oci/spec.ts";

/** Below /var/lib, /var/cache and /var/log; reserved, so that no namespace can name a directory of the host. */
export const POD_DIRECTORY = "dynuser-pods";

/**
 * Lasting directories belong to the namespace: its pods find them again, and pods of another namespace cannot name them.
 * Directories in /run belong to the container and are removed with it.
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
 * The UID that all nodes derive for a container whose volume is shared between nodes and cannot be ID-mapped. Undefined
 * without such a volume or without a range (pods.fixedUids).
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

function sharesUnmapped(service: Service, start: { readonly spec: Spec; readonly facts: Facts }): boolean {
  const volumes = directoryPaths(service).flatMap((path) => findVolume(path, start) ?? []);
  return volumes.some(({ source }) => !canMap(source, start) && start.facts.isNetworkFileSystem(source));
}
