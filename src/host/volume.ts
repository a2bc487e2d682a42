import type { VolumeAction } from "../action.ts";
import { changeOwnerTree } from "../sys/changeOwner.ts";
import { using } from "../sys/directory.ts";
import { readEntry } from "../sys/entry.ts";
import { openByRootsLinks } from "../sys/rootsLinks.ts";

/** A set-group-ID directory is how a group keeps what is made in it; a set-user-ID file would be for nobody's good. */
const KEPT_BITS = 0o3777;

/** Gives an engine's volume to its owner; nothing happens when it is theirs already. Has no way back. */
export function adoptVolume({ path, owner, groups }: VolumeAction): void {
  using(openByRootsLinks(path), (volume) => {
    const { gid } = readEntry(volume);
    changeOwnerTree(volume, { uid: owner.uid, gid: groups.includes(gid) ? gid : owner.gid, mask: KEPT_BITS });
  });
}
