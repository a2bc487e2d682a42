import { isBelow, stateOf } from "../apply/mountState.ts";
import { isBind } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
import type { Subject } from "./subject.ts";

/** How a place looks from inside. */
export type PlaceAccess = "writable" | "readOnly" | "inaccessible";

/** A place of its own in the container's tree: the root, a mount, a path that is masked or made read-only. */
export interface Place {
  /** In the container. */
  readonly path: string;
  readonly access: PlaceAccess;
  /** What is mounted there; absent for the root and for masked and read-only paths. */
  readonly mount?: Mount;
  /** An empty file system in memory. */
  readonly isTemporary: boolean;
  /** Its files have other owners than on disk. */
  readonly isIdMapped: boolean;
}

/** Every place that differs from what is above it, parents first; of two at one path the one that is seen. */
export function placesOf({ spec, submounts }: Subject): readonly Place[] {
  const { root, mounts = [], linux } = spec;
  const plain = { isTemporary: false, isIdMapped: false };
  const mounted = new Map<string, Place>();
  mounted.set("/", { path: "/", access: root?.readonly ? "readOnly" : "writable", ...plain });
  for (const { path, readOnly } of submounts) {
    if (!mounts.some(({ destination }) => destination === path || isBelow(path, destination)))
      mounted.set(path, { path, access: readOnly ? "readOnly" : "writable", ...plain });
  }
  for (const mount of mounts) mounted.set(simplify(mount.destination), placeOf(mount));
  for (const path of linux?.readonlyPaths ?? []) mounted.set(path, { path, access: "readOnly", ...plain });
  for (const path of linux?.maskedPaths ?? []) mounted.set(path, { path, access: "inaccessible", ...plain });
  return [...mounted.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The place that `path` lies in. */
export function placeAt(places: readonly Place[], path: string): Place {
  return places.findLast((place) => place.path === path || isBelow(path, place.path)) ?? places[0]!;
}

function placeOf(mount: Mount): Place {
  const isIdMapped = (mount.uidMappings ?? []).length > 0;
  const isTemporary = mount.type === "tmpfs" || mount.type === "ramfs";
  return { path: simplify(mount.destination), access: accessOf(mount), mount, isTemporary, isIdMapped };
}

function accessOf(mount: Mount): PlaceAccess {
  if (isBind(mount) && /\/dynuser\/inaccessible\/(?:dir|reg)$/.test(mount.source ?? "")) return "inaccessible";
  return stateOf(mount).readOnly ? "readOnly" : "writable";
}

function simplify(path: string): string {
  return `/${path.split("/").filter(Boolean).join("/")}`;
}
