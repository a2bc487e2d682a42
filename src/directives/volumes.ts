import type { Context } from "../model/directive.ts";
import type { PathEdit, PlannedChange } from "../model/edit.ts";
import { isBind, isReadOnly } from "../oci/mountOptions.ts";
import type { DirectoryKind } from "../values/directoryKinds.ts";
import type { SortedItem } from "../values/directoryList.ts";
import { canMap, ownerOf, storageOf } from "./execDirectoryOwner.ts";

/** A directory of the host that the engine mounts, at the path of a service's directory for example, which it replaces. */
export interface Volume {
  /** Absolute path on the host, without links. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** Undefined where the engine mounts no directory of the host. */
export function findVolume(path: string, { spec, facts }: Pick<Context, "spec" | "facts">): Volume | undefined {
  const mount = spec.mounts?.findLast(({ destination }) => destination.replace(/\/+$/, "") === path);
  if (mount === undefined || facts.rootfs.isHost || !isBind(mount) || !mount.source?.startsWith("/")) return undefined;
  const { type, path: source } = facts.host.look(mount.source);
  return type === "directory" ? { source, readOnly: isReadOnly(mount) } : undefined;
}

/** Where a volume appears: at the engine's own path, and at paths that lead to the same files. */
export interface VolumePlaces {
  readonly path: string;
  readonly others: readonly string[];
}

/** The volume at the path of a service's directory. */
export function planVolume(
  { base }: DirectoryKind,
  { source, links }: SortedItem,
  volume: Volume,
  context: Context,
): Iterable<PlannedChange> {
  return planOwnVolume({ path: `${base}/${source}`, others: links.map((link) => `${base}/${link}`) }, volume, context);
}

/**
 * Shown through an ID-mapped mount; where that is impossible, the files are chowned to the service's user. Files of a
 * supplementary group of the container keep it (fsGroup of a pod). Which volumes may be had is the gate's to say.
 */
export function* planOwnVolume(
  { path, others }: VolumePlaces,
  volume: Volume,
  context: Context,
): Iterable<PlannedChange> {
  const owner = ownerOf(context);
  if (owner === undefined || owner.uid === 0 || owner.gid === 0) return;
  const { source } = volume;
  const stored = storageOf(context).owner;
  const groups = (context.spec.process?.user.additionalGids ?? []).filter((gid) => gid !== 0 && gid !== owner.gid);
  const isMapped = canMap(source, context);
  const ownership = isMapped ? "mapped" : "changed";
  if (!volume.readOnly) yield { kind: "volume", path: source, ownership, owner: isMapped ? stored : owner, groups };
  const idMap = { disk: stored, shown: owner, groups: groups.map((gid) => ({ disk: gid, shown: gid })) };
  if (isMapped) yield show(path, volume, { idMap }, true);
  for (const other of others) yield show(other, volume, isMapped ? { idMap } : {}, false);
}

function show(
  path: string,
  { source, readOnly }: Volume,
  mapped: Pick<PathEdit, "idMap">,
  isEngines: boolean,
): PathEdit {
  const isMapped = mapped.idMap !== undefined;
  return {
    kind: "path",
    path,
    access: "bind",
    source,
    recursive: !isMapped,
    ...(readOnly && { readOnly: true }),
    noSuid: true,
    noDevices: true,
    ...(isEngines && { replacesEngines: true }),
    ...mapped,
    // A volume of the engine stays executable.
    ...(isMapped && { noExec: false }),
  };
}
