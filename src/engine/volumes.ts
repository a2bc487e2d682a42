import { directoryPaths } from "../directives/execDirectories.ts";
import { findVolume, planOwnVolume, type Volume } from "../directives/volumes.ts";
import type { Context } from "../model/directive.ts";
import type { Change } from "../model/edit.ts";
import type { Owned } from "../model/plan.ts";
import type { VolumeRecords } from "./policy/check.ts";
import type { ContainerRequest } from "./request/request.ts";

/** Whose containers a volume that was taken belongs to: `podman`, `kubernetes/shop`. */
export function takerOf({ engine, pod }: Pick<ContainerRequest, "engine" | "pod">): string {
  return pod === undefined ? engine : `${engine}/${pod.namespace}`;
}

/** Named volumes of podman, Docker and nerdctl, with what is below them. */
const NAMED = /\/volumes\/[a-zA-Z0-9][\w.-]*\/_data(?:\/|$)/;

/** The kubelet's volume plugins whose files are the container's: not what it writes itself (ConfigMaps, tokens). */
const PLUGINS = /^kubernetes\.io~(?!configmap$|secret$|projected$|downward-api$)[a-z-]+$/;

/**
 * Whether the engine has made the volume at `path` for containers: a named volume, or an emptyDir or a claim of this very
 * pod. What another pod or a hostPath mounts is none.
 * @param path without links
 */
export function isEnginesVolume(
  path: string,
  { engine, podUid }: Pick<ContainerRequest, "engine" | "podUid">,
  { namesIn }: Pick<VolumeRecords, "namesIn">,
): boolean {
  if (engine !== "kubernetes") return engine !== "other" && NAMED.test(path);
  if (podUid === undefined) return false;
  const ofPod = new RegExp(`^(.*/pods/${podUid})/([^/]+)/([^/]+)/[^/]+`).exec(path);
  const [, pod, place, name = ""] = ofPod ?? [];
  if (place === "volumes") return PLUGINS.test(name);
  // POD/volume-subpaths/VOLUME/CONTAINER/INDEX is a part of POD/volumes/PLUGIN/VOLUME
  const plugins = place === "volume-subpaths" ? namesIn(`${pod}/volumes`) : [];
  return plugins.some((plugin) => PLUGINS.test(plugin) && namesIn(`${pod}/volumes/${plugin}`).includes(name));
}

/**
 * podman gives a new named volume to the container's user, but knows the dynamic user only from dynuser's hook, not from
 * its runtime: both ways in make such a volume the container's own.
 */
export function volumeChanges(
  request: ContainerRequest,
  context: Context,
  records: VolumeRecords,
): readonly Owned<Change>[] {
  if (request.engine !== "podman" || context.identity?.leased !== true) return [];
  const taken = directoryPaths(context.service);
  const destinations = (context.spec.mounts ?? []).map(({ destination }) => destination.replace(/\/+$/, ""));
  return [...new Set(destinations)].flatMap((path) => {
    const volume = taken.includes(path) ? undefined : findVolume(path, context);
    if (volume === undefined || !wouldBeUsers(path, volume, request, context, records)) return [];
    return [...planOwnVolume({ path, others: [] }, volume, context)].map((item) => ({ owner: "DynamicUser", item }));
  });
}

/** podman copies what the image has there into a new volume, with its owner. */
function wouldBeUsers(
  path: string,
  { source, readOnly }: Volume,
  request: ContainerRequest,
  { facts }: Context,
  records: VolumeRecords,
): boolean {
  if (readOnly || !NAMED.test(source)) return false;
  if (records.takerOf(source) === takerOf(request)) return true;
  return facts.rootfs.look(path).type === "missing" && facts.host.look(source).uid === 0 && records.isEmpty(source);
}
