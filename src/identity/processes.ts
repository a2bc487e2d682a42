import { UserError } from "../errors.ts";
import {
  listDirectory,
  listSubdirectories,
  removeEmptyDirectory,
  tryReadRecord,
  tryReadText,
} from "../sys/files/files.ts";
import { type FileStatus, statusOf } from "../sys/files/status.ts";
import { writeText } from "../sys/files/write.ts";
import { hasCode, unlessMissing } from "../sys/kernel/system.ts";
import { asUser } from "../sys/process/asUser.ts";
import type { Registry } from "./registry.ts";

/** Whether a process of the host runs as this user, or can become it again (saved IDs). */
export function hasProcesses(uid: number): boolean {
  return processesOf(uid).length > 0;
}

/** Ends all processes of a user that has no other holder. */
export function endProcessesOf(uid: number): void {
  endListed(`user ${uid}`, () => processesOf(uid), uid);
}

/**
 * Ends the processes that `list` finds, until it finds none.
 * @param uid their user: its processes in another user namespace obey itself alone
 */
export function endListed(whose: string, list: () => readonly number[], uid = 0): void {
  endAll(whose, list, (pids) => {
    for (const pid of pids) killAs(uid, pid);
  });
}

function processesOf(uid: number): readonly number[] {
  const pids = listDirectory("/proc").filter((name) => /^[0-9]+$/.test(name));
  const wanted = String(uid);
  return pids.filter((pid) => hasUid(tryReadRecord(`/proc/${pid}/status`) ?? "", wanted)).map(Number);
}

/** Ends every process below these cgroups and waits until they have gone; then removes the cgroups. */
export function endProcesses(cgroups: readonly string[], registry: Registry): void {
  for (const cgroup of cgroups) {
    if (!isBelow(cgroup, registry.paths.cgroups)) throw notItsOwn(cgroup);
    // most are empty by now, and then the kernel removes them
    if (tryRemove(cgroup) || statusOf(cgroup) === undefined) continue;
    refuseWideCgroup(cgroup, registry);
    killUntilEmpty(cgroup);
    removeCgroup(cgroup);
  }
}

/** Every process below these cgroups. */
export function processesIn(cgroups: readonly string[]): readonly number[] {
  return [...new Set(cgroups.flatMap(processesBelow))];
}

/** Not one that only waits to be reaped; its first thread may have ended while others go on. */
function hasUid(status: string, uid: string): boolean {
  const start = status.indexOf("\nUid:\t");
  if (start < 0) return false;
  const line = status.slice(start + 6, status.indexOf("\n", start + 1));
  if (!line.split("\t").includes(uid)) return false;
  return !(/^State:\t[ZX]/m.test(status) && /^Threads:\t[01]$/m.test(status));
}

/** A mistake here would end everything on the host. */
function refuseWideCgroup(cgroup: string, { spared }: Registry): void {
  const pids = processesBelow(cgroup);
  if ([1, ...spared].some((pid) => pids.includes(pid))) throw notItsOwn(cgroup);
}

function isBelow(cgroup: string, root: string): boolean {
  return cgroup.startsWith(`${root}/`) && !cgroup.split("/").includes("..");
}

function notItsOwn(cgroup: string): UserError {
  return new UserError(`cannot end the processes of a container: found a cgroup that is not its own (${cgroup})`);
}

const END_TIMEOUT_SECONDS = 10;

function killUntilEmpty(cgroup: string): void {
  const list = () => processesBelow(cgroup);
  endAll(cgroup, list, (pids) => killAtOnce(cgroup) || pids.forEach(kill));
}

function endAll(whose: string, list: () => readonly number[], end: (pids: readonly number[]) => void): void {
  const deadline = performance.now() + END_TIMEOUT_SECONDS * 1000;
  for (let pause = 0.5, pids = list(); pids.length > 0; pause = Math.min(pause * 2, 50), pids = list()) {
    if (performance.now() > deadline) {
      throw new UserError(
        `cannot end the processes of a container: found PID ${pids.join(", ")} after ${END_TIMEOUT_SECONDS} s (${whose})`,
      );
    }
    end(pids);
    sleep(pause);
  }
}

/** cgroup.kill of version 2, Linux 5.14: also what forks meanwhile. */
function killAtOnce(cgroup: string): boolean {
  if (statusOf(`${cgroup}/cgroup.kill`) === undefined) return false;
  writeText(`${cgroup}/cgroup.kill`, "1");
  return true;
}

function killAs(uid: number, pid: number): void {
  try {
    kill(pid);
  } catch (error) {
    if (uid === 0 || !hasCode(error, "EPERM")) throw error;
    asUser(uid, () => kill(pid));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

function processesBelow(cgroup: string): readonly number[] {
  const status = unlessMissing(() => statusOf(cgroup));
  if (status === undefined) return [];
  return [...readProcesses(cgroup), ...cgroupsBelow(cgroup, status).flatMap(processesBelow)];
}

/** A directory of the kernel has a link for each directory in it, beside its own two (kernfs_refresh_inode() in fs/kernfs/inode.c). */
function cgroupsBelow(cgroup: string, { links }: FileStatus): readonly string[] {
  return links === 2 ? [] : listSubdirectories(cgroup);
}

/** A threaded cgroup answers EOPNOTSUPP; its processes are listed in the one above. */
function readProcesses(cgroup: string): readonly number[] {
  try {
    return (tryReadText(`${cgroup}/cgroup.procs`) ?? "").split("\n").filter(Boolean).map(Number);
  } catch (error) {
    if (hasCode(error, "EOPNOTSUPP", "ENOTSUP", "ENODEV")) return [];
    throw error;
  }
}

/** The last process may still be leaving; an empty cgroup does no harm. */
function removeCgroup(cgroup: string): void {
  if (tryRemove(cgroup)) return;
  listSubdirectories(cgroup).forEach(removeCgroup);
  tryRemove(cgroup);
}

/** False for one that has processes, or cgroups below it, and for none. */
function tryRemove(cgroup: string): boolean {
  try {
    return removeEmptyDirectory(cgroup);
  } catch (error) {
    if (hasCode(error, "EBUSY", "ENOTDIR")) return false;
    throw error;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
