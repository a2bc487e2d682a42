import { type MountPoint, readMountTable } from "../../host/mountTable.ts";
import type { Holder } from "../../identity/holder.ts";
import { livenessOf, lookAround } from "../../identity/process.ts";
import { HOST_PLACES } from "../../identity/registry.ts";
import { listDirectory, type Status, statusOf, tryReadText } from "../../sys/files.ts";
import { canMapIds } from "../../sys/idMaps.ts";
import { effectiveUser, readProgram } from "../../sys/process.ts";
import { hasCode } from "../../sys/system.ts";

/** What the doctor may look at; a test puts another host in its place. */
export interface Host {
  readonly uid: number;
  readonly mounts: readonly MountPoint[];
  /** Undefined for what is not there or cannot be read. */
  read(path: string): string | undefined;
  /** The names in a directory, none when it is not there. */
  list(path: string): readonly string[];
  status(path: string): Pick<Status, "uid" | "gid" | "mode" | "isDirectory" | "isFile"> | undefined;
  /** What a program prints; undefined when it is not there or fails. */
  ask(program: string, ...args: readonly string[]): string | undefined;
  /** By trying, once for each boot and file system; undefined without root, who alone can try. */
  canMapIds(path: string): boolean | undefined;
  /** The holder's processes are there. */
  isAlive(holder: Holder): boolean;
}

const CACHE = `${HOST_PLACES.own}/cache`;

export function thisHost(): Host {
  const uid = effectiveUser();
  return {
    uid,
    mounts: readMountTable(),
    read: (path) => attempt(() => tryReadText(path)),
    list: (path) => attempt(() => listDirectory(path)) ?? [],
    status: (path) => attempt(() => statusOf(path)),
    ask,
    canMapIds: (path) => (uid === 0 ? canMapIds(path, CACHE) : undefined),
    isAlive: (holder) => livenessOf(holder.init ?? holder.claimer, lookAround()) === "running",
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
