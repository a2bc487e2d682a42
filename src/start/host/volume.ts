import type { VolumeAction } from "../../model/action.ts";
import type { Plan } from "../../model/plan.ts";
import { changeOwnerTree } from "../../sys/files/changeOwner.ts";
import { openTrusted, using } from "../../sys/files/directory.ts";
import { listDirectory } from "../../sys/files/files.ts";
import { readStatusAt } from "../../sys/files/status.ts";
import { openTrustedPath } from "../../sys/files/trustedPath.ts";
import { readAttribute, writeAttribute } from "../../sys/kernel/fileCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";

/** A set-group-ID directory lets a group keep what is made in it; set-user-ID bits are dropped. */
const KEPT_BITS = 0o3777;

/** Changes the owner of an engine's volume; nothing happens when it is right already. Cannot be undone. */
export function takeOwnership({ path, owner, groups }: VolumeAction): void {
  using(openTrustedPath(path), (volume) => {
    const { gid } = readStatusAt(volume);
    changeOwnerTree(volume, { uid: owner.uid, gid: groups.includes(gid) ? gid : owner.gid, mask: KEPT_BITS });
  });
}

/** Only the host's root can write the first one; an unprivileged user's dynuser has the other. */
const ATTRIBUTES = { host: "trusted.dynuser.volume", user: "user.dynuser.volume" } as const;
export type VolumeRecorder = keyof typeof ATTRIBUTES;

/** Records on each volume of the plan whose containers it belongs to from now on, as far as its file system keeps that. */
export function recordVolumes({ actions }: Plan, taker: string, recorder: VolumeRecorder): void {
  for (const { item } of actions) {
    if (item.kind !== "volume") continue;
    using(openTrustedPath(item.path), (volume) => record(volume, taker, recorder));
  }
}

function record(volume: number, taker: string, recorder: VolumeRecorder): void {
  try {
    writeAttribute(volume, ATTRIBUTES[recorder], Buffer.from(taker));
  } catch (error) {
    if (!hasCode(error, "EOPNOTSUPP")) throw error;
  }
}

/** What is known of volumes; see VolumeRecords of the gate. */
export function volumeRecords(recorder: VolumeRecorder) {
  return {
    takerOf: (path: string) =>
      using(openTrusted(path), (volume) => readAttribute(volume, ATTRIBUTES[recorder])?.toString()),
    // a new file system has this directory from the start
    isEmpty: (path: string) => listDirectory(path).every((name) => name === "lost+found"),
    namesIn: listDirectory,
  };
}
