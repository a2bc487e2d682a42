import { isBelow, stateOf } from "../apply/mounts/mountState.ts";
import { isBind } from "../oci/mountOptions.ts";
import type { Mount } from "../oci/spec.ts";
import type { Subject } from "./subject.ts";

/** Access to a path from inside. */
export type PlaceAccess = "writable" | "readOnly" | "inaccessible";

/** The root, a mount, or a masked or read-only path in the container's tree. */
export interface MountAccess {
  /** In the container. */
  readonly path: string;
  readonly access: PlaceAccess;
  /** Its mount; absent for the root and for masked and read-only paths. */
  readonly mount?: Mount;
  /** An empty tmpfs. */
  readonly isTemporary: boolean;
  /** It is ID-mapped. */
  readonly isIdMapped: boolean;
}

/** All paths with an access of their own, parents first; the uppermost of several mounts at one path. */
export function placesOf({ spec, submounts }: Subject): readonly MountAccess[] {
  const { root, mounts = [], linux } = spec;
  const plain = { isTemporary: false, isIdMapped: false };
  const mounted = new Map<string, MountAccess>();
  mounted.set("/", { path: "/", access: root?.readonly ? "readOnly" : "writable", ...plain });
  for (const { path, readOnly } of submounts) {
    if (!mounts.some(({ destination }) => destination === path || isBelow(path, destination)))
      mounted.set(path, { path, access: readOnly ? "readOnly" : "writable", ...plain });
  }
  for (const mount of mounts) mounted.set(simplify(mount.destination), mountAccessOf(mount));
  for (const path of linux?.readonlyPaths ?? []) mounted.set(path, { path, access: "readOnly", ...plain });
  for (const path of linux?.maskedPaths ?? []) mounted.set(path, { path, access: "inaccessible", ...plain });
  return [...mounted.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The entry that covers `path`. */
export function placeAt(places: readonly MountAccess[], path: string): MountAccess {
  return places.findLast((place) => place.path === path || isBelow(path, place.path)) ?? places[0]!;
}

/** What of the host a mount shows; undefined for other file systems and for what dynuser has made for the container. */
export function hostPathOf(mount: Mount): string | undefined {
  if (!isBind(mount) || mount.source === undefined) return undefined;
  const source = simplify(mount.source.replace(/^\/run\/dynuser\/world\/(?:host|rootfs)(?=\/|$)/, ""));
  return /^\/run\/dynuser\/world\//.test(source) ? undefined : source;
}

function mountAccessOf(mount: Mount): MountAccess {
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
