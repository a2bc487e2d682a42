import type { Change, PathEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import { isBind, isReadOnly } from "../oci/mountOptions.ts";
import type { Context } from "../plan.ts";
import type { SortedItem } from "../values/directoryList.ts";
import type { DirectoryKind } from "./execDirectories.ts";
import { canMap, ownerOf, storageOf } from "./execDirectoryOwner.ts";

/** A volume of the engine that is mounted where a directory of the service belongs, and so is that directory. */
export interface Volume {
  /** Of the host, absolute. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** Undefined where the engine mounts nothing, or something that has no directory on the host. */
export function findVolume(path: string, { spec, facts }: Pick<Context, "spec" | "facts">): Volume | undefined {
  const mount = spec.mounts?.findLast(({ destination }) => destination.replace(/\/+$/, "") === path);
  if (mount === undefined || facts.rootfs.isHost || !isBind(mount) || !mount.source?.startsWith("/")) return undefined;
  if (facts.host.look(mount.source).type !== "directory") return undefined;
  return { source: mount.source, readOnly: isReadOnly(mount) };
}

/**
 * Shown as the container's own through an ID-mapped mount; where that cannot be, the files are given to its user. What
 * the engine gave a group that the container is in stays with that group (fsGroup of a pod).
 */
export function* planVolume(kind: DirectoryKind, item: SortedItem, volume: Volume, context: Context): Iterable<Change> {
  const owner = ownerOf(context);
  if (owner === undefined || owner.uid === 0 || owner.gid === 0) return;
  const { source } = volume;
  refuseSystem(source, kind.name);
  const stored = storageOf(context).owner;
  const groups = (context.spec.process?.user.additionalGids ?? []).filter((gid) => gid !== 0 && gid !== owner.gid);
  const isMapped = canMap(source, context);
  const ownership = isMapped ? "mapped" : "changed";
  if (!isMapped) refuseShared(source, kind.name, context);
  if (!volume.readOnly) yield { kind: "volume", path: source, ownership, owner: isMapped ? stored : owner, groups };
  const idMap = { disk: stored, shown: owner, groups: groups.map((gid) => ({ disk: gid, shown: gid })) };
  for (const name of [item.source, ...item.links]) {
    const path = `${kind.base}/${name}`;
    const isEngines = name === item.source;
    if (isMapped || !isEngines) yield show(path, volume, isMapped ? { idMap } : {}, isEngines);
  }
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
    // What the engine lets the container execute stays so.
    ...(isMapped && { noExec: false }),
  };
}

const SYSTEM = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"];

/** Root gives away what is in a volume: that of a whole top directory, or of the system, nobody can have meant. */
function refuseSystem(source: string, directive: string): void {
  const isTop = source.split("/").filter(Boolean).length < 2;
  if (!isTop && !SYSTEM.some((path) => source.startsWith(`${path}/`))) return;
  throw new UserError(
    `cannot take the volume ${quote(source)} for ${directive}=: it belongs to the host, expected a directory of its own below /var, /srv or the like`,
  );
}

/** Each node would give the same files to another user. */
function refuseShared(source: string, directive: string, { facts, scope, identity }: Context): void {
  if (!facts.isShared(source) || identity === undefined || identity.uid === scope.storage?.fixedUid) return;
  throw new UserError(
    `cannot take the volume ${quote(source)} for ${directive}=: it is on a file system that other nodes share and that cannot be ID-mapped, expected fixedUids in /etc/dynuser/config.yaml`,
  );
}
