import type { HostTree, Tree } from "../model/facts.ts";
import { matchPaths } from "../sys/files/glob.ts";
import { openView } from "../sys/files/look.ts";
import { readLimited } from "../sys/files/readLimited.ts";
import { once } from "../sys/once.ts";
import { type MountPoint, readMountTable, submountsOfCopy } from "./mountTable.ts";

/**
 * The host's files; each path is looked up once.
 * @param copy where a copy of the tree is mounted, from which mounts are bound
 */
export function hostTree(copy = "", mounts?: readonly MountPoint[]): HostTree {
  const submounts = once(() => submountsOfCopy(mounts ?? readMountTable(), copy));
  return {
    ...rootfsTree("/", mounts),
    read: readLimited,
    match: matchPaths,
    get submounts() {
      return submounts();
    },
  };
}

/**
 * The files of a root file system: absolute links stay in it, as they will for the container.
 * @param mounts the mounts of the host, where they have been read already
 */
export function rootfsTree(root: string, mounts: readonly MountPoint[] = []): Tree {
  return { look: openView(root, new Map(mounts.map(({ flags }) => flags))) };
}
