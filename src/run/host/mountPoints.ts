import { dirname, relative } from "node:path";
import { isBelow } from "../../apply/mounts/mountState.ts";
import { isBind, isReadOnly } from "../../oci/mountOptions.ts";
import type { Mount, Spec } from "../../oci/spec.ts";
import { openParents, openTrusted, using } from "../../sys/files/directory.ts";
import { statusOf, statusOfLink } from "../../sys/files/status.ts";
import { chmodat } from "../../sys/kernel/fileCalls.ts";
import { AT_FDCWD, close } from "../../sys/kernel/libc.ts";
import { mountSetattr } from "../../sys/kernel/mountCalls.ts";
import { inMountNamespace } from "../../sys/kernel/mountNamespace.ts";
import { SystemError } from "../../sys/kernel/system.ts";

/** crun 1.8.1 makes the directories on the way to a mount point with this mode, systemd with 0755. */
const MODE_OF_CRUN = 0o1755;
const MODE = 0o755;

/** Makes the mount points of a config that lie in files of the host, before the runtime does, with systemd's mode. */
export function makeMountPoints(spec: Spec): void {
  const places = (spec.mounts ?? []).flatMap((mount, index) => {
    const place = placeOf(spec, index);
    return place === undefined ? [] : [{ ...place, path: directoryFor(mount, place.path) }];
  });
  for (const [root, inRoot] of Map.groupBy(places, (place) => place.root)) makeDirectories(root, inRoot);
}

/** Where a mount point lies. */
export interface Place {
  /** A directory of this mount namespace. */
  readonly root: string;
  /** Relative to it. */
  readonly path: string;
}

/** Of the mount at this index; undefined in a file system that is made for the container. */
export function placeOf({ root, mounts = [] }: Spec, index: number): Place | undefined {
  const mount = mounts[index]!;
  const cover = mounts.slice(0, index).findLast((other) => isBelow(mount.destination, other.destination));
  if (cover === undefined) return { root: root!.path, path: relative("/", mount.destination) };
  return isBind(cover) ? { root: cover.source!, path: relative(cover.destination, mount.destination) } : undefined;
}

/** What has to be a directory: a mount point for a file is made by the runtime. */
function directoryFor(mount: Mount, point: string): string {
  const isFile = isBind(mount) && statusOf(mount.source ?? "")?.isDirectory() !== true;
  return isFile ? dirname(point) : point;
}

function makeDirectories(root: string, places: readonly Place[]): void {
  unlessImpossible(() =>
    using(openTrusted(root), (top) => {
      for (const { path } of places) unlessImpossible(() => close(openParents(top, path, () => {})));
    }),
  );
}

/** What cannot be made is left to the runtime, which says why. */
function unlessImpossible(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** Gives systemd's mode to the directories that crun has made in a tmpfs of the container with this init. */
export function repairMountPoints(init: number, { mounts = [] }: Spec): void {
  const fresh = mounts.filter(({ type }) => type === "tmpfs" || type === "ramfs");
  const repairs = fresh.flatMap((mount) => waysIn(mount, mounts).map((path) => ({ path, mount })));
  if (repairs.length === 0) return;
  inMountNamespace(init, () => {
    for (const { path, mount } of repairs) repair(path, mount);
  });
}

/** The directories between a mount and the mount points in it, the outer ones first. */
function waysIn(mount: Mount, mounts: readonly Mount[]): readonly string[] {
  const inside = mounts.map(({ destination }) => destination).filter((path) => isBelow(path, mount.destination));
  const ways = inside.flatMap((path) => ancestors(path).filter((way) => isBelow(way, mount.destination)));
  const isOfMount = (way: string) => !inside.some((path) => way === path || isBelow(way, path));
  return [...new Set(ways)].filter(isOfMount).sort();
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === "/" ? [] : [parent, ...ancestors(parent)];
}

function repair(path: string, mount: Mount): void {
  if (((statusOfLink(path)?.mode ?? 0) & 0o7777) !== MODE_OF_CRUN) return;
  const change = () => chmodat(AT_FDCWD, path, MODE);
  if (isReadOnly(mount)) whileWritable(mount.destination, change);
  else change();
}

function whileWritable(path: string, act: () => void): void {
  const MOUNT_ATTR_RDONLY = 1;
  mountSetattr(AT_FDCWD, path, 0, { clear: MOUNT_ATTR_RDONLY });
  act();
  mountSetattr(AT_FDCWD, path, 0, { set: MOUNT_ATTR_RDONLY });
}
