import { mount, umount } from "../../sys/kernel/mountCalls.ts";

const MS_BIND = 0x1000;
const MNT_DETACH = 2;

/**
 * Runs `use` while each hierarchy of this mount namespace begins at the cgroup that the run may change. Low-level runtimes
 * enable controllers from the top down; this way they change nothing above, which is systemd's.
 * @param parents directories by mount points, as in CgroupPlace
 */
export function withCgroupParents<T>(parents: ReadonlyMap<string, string>, use: () => T): T {
  const covered = [...parents].filter(([mountPoint, parent]) => mountPoint !== parent);
  const mounted: string[] = [];
  try {
    for (const [mountPoint, parent] of covered) {
      mount(parent, mountPoint, "", MS_BIND);
      mounted.push(mountPoint);
    }
    return use();
  } finally {
    for (const mountPoint of mounted) umount(mountPoint, MNT_DETACH);
  }
}
