import { tryOpenTrusted, using } from "../sys/files/directory.ts";
import { tryReadText } from "../sys/files/files.ts";
import type { FileStatus } from "../sys/files/status.ts";
import { type Visit, walkTree } from "../sys/files/tree.ts";
import { unlinkat } from "../sys/kernel/fileCalls.ts";
import { hasCode } from "../sys/kernel/system.ts";
import { hasSystemV, removeSystemV, type SystemVKind } from "../sys/process/ipc.ts";
import type { Registry } from "./registry.ts";

/** The owner of IPC objects. Those of the user or of the group are removed, as in systemd's src/shared/clean-ipc.c. */
export interface IpcOwner {
  readonly uid: number;
  readonly gid: number;
}

/** All owners of IPC objects on this host: looked up once, for any number of candidates. */
export interface IpcOwners {
  readonly uids: ReadonlySet<number>;
  readonly gids: ReadonlySet<number>;
}

export function collectIpcOwners(registry: Registry): IpcOwners {
  const uids = new Set<number>();
  const gids = new Set<number>();
  const add = (owner: IpcOwner) => {
    uids.add(owner.uid);
    gids.add(owner.gid);
  };
  for (const kind of SYSTEM_V) listObjects(kind).forEach(add);
  visitFiles(registry, (_directory, _name, entry) => add(entry));
  return { uids, gids };
}

/** Root's are never removed; attached shared memory disappears with its last user. */
export function removeIpc(owner: Partial<IpcOwner>, registry: Registry): void {
  // Either may be absent, and 0 means nothing to remove
  const wanted: IpcOwner = { uid: owner.uid || -1, gid: owner.gid || -1 };
  if (wanted.uid === -1 && wanted.gid === -1) return;
  for (const kind of SYSTEM_V) {
    for (const object of listObjects(kind)) if (belongs(object, wanted)) removeSystemV(kind, object.id);
  }
  visitFiles(registry, (directory, name, entry) => {
    if (belongs(entry, wanted)) removeEntry(directory, name, entry);
  });
}

function belongs(found: IpcOwner, owner: IpcOwner): boolean {
  return found.uid === owner.uid || found.gid === owner.gid;
}

/** POSIX shared memory and message queues: files in directories that all users can write. */
function visitFiles({ paths }: Registry, visit: Visit): void {
  for (const path of [paths.sharedMemory, paths.messageQueues]) {
    const directory = tryOpenTrusted(path);
    if (directory !== undefined) using(directory, () => walkTree(directory, visit));
  }
}

/** A directory of the user that holds other users' files stays, as under systemd. */
function removeEntry(directory: number, name: Buffer, entry: FileStatus): void {
  const AT_REMOVEDIR = 0x200;
  try {
    unlinkat(directory, name, entry.type === "directory" ? AT_REMOVEDIR : 0);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
  }
}

const SYSTEM_V: readonly SystemVKind[] = ["shm", "sem", "msg"];

interface IpcObject extends IpcOwner {
  readonly id: number;
}

function listObjects(kind: SystemVKind): readonly IpcObject[] {
  return hasSystemV(kind) ? parseSystemV(tryReadText(`/proc/sysvipc/${kind}`) ?? "") : [];
}

/** A table of /proc/sysvipc: a heading, then one object per line; the second column is its number. */
export function parseSystemV(text: string): readonly IpcObject[] {
  const [heading = "", ...lines] = text
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const [uid, gid] = [heading.indexOf("uid"), heading.indexOf("gid")];
  return lines.map((columns) => ({ id: Number(columns[1]), uid: Number(columns[uid]), gid: Number(columns[gid]) }));
}
