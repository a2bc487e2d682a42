import { type MountPoint, readMountTable } from "../../host/mountTable.ts";
import type { Holder } from "../../identity/holderRecord.ts";
import { currentBootAndNamespace, livenessOf } from "../../identity/process.ts";
import { STATE_DIRECTORY } from "../../model/paths.ts";
import { listDirectory, readLink, tryReadText } from "../../sys/files/files.ts";
import { freeSpace, type Space } from "../../sys/files/space.ts";
import { type FileStatus, statusOf } from "../../sys/files/status.ts";
import { canMakeUserNamespace, canMapIds } from "../../sys/idMaps.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { effectiveUser, readProgram } from "../../sys/process/process.ts";

/** What probes may read; a test passes another host. */
export interface Host {
  readonly uid: number;
  readonly mounts: readonly MountPoint[];
  /** Undefined for a missing or unreadable file. */
  read(path: string): string | undefined;
  /** The names in a directory; empty for a missing one. */
  list(path: string): readonly string[];
  status(path: string): Pick<FileStatus, "uid" | "gid" | "mode" | "isDirectory" | "isFile"> | undefined;
  /** The target of a symbolic link; undefined for anything else. */
  link(path: string): string | undefined;
  /** Room on the file system of a path; undefined if it is missing. */
  space(path: string): Space | undefined;
  /** The output of a program; undefined if it is missing or fails. */
  ask(program: string, ...args: readonly string[]): string | undefined;
  /** Tried once for each boot and file system; undefined without root, because only root can try. */
  canMapIds(path: string): boolean | undefined;
  /** Whether this user may make a user namespace, by trying. */
  canMakeUserNamespace(): boolean;
  /** Whether processes of the holder are running. */
  isAlive(holder: Holder): boolean;
}

const CACHE = `${STATE_DIRECTORY}/cache`;

export function probeHost(): Host {
  const uid = effectiveUser();
  return {
    uid,
    mounts: readMountTable(),
    read: (path) => attempt(() => tryReadText(path)),
    list: (path) => attempt(() => listDirectory(path)) ?? [],
    status: (path) => attempt(() => statusOf(path)),
    link: readLink,
    space: (path) => attempt(() => freeSpace(path)),
    ask,
    canMapIds: (path) => (uid === 0 ? canMapIds(path, CACHE) : undefined),
    canMakeUserNamespace,
    isAlive: (holder) => livenessOf(holder.init ?? holder.claimer, currentBootAndNamespace()) === "running",
  };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR", "EINVAL", "EIO")) return undefined;
    throw error;
  }
}

function ask(program: string, ...args: readonly string[]): string | undefined {
  const answer = attempt(() => readProgram(program, args, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }));
  return answer?.code === 0 ? answer.output : undefined;
}
