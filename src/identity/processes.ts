import { UserError } from "../errors.ts";
import { ownPids } from "../sys/caller.ts";
import {
  listDirectory,
  listSubdirectories,
  removeEmptyDirectory,
  statusOf,
  tryReadText,
  writeText,
} from "../sys/files.ts";
import { hasCode } from "../sys/system.ts";
import type { Registry } from "./registry.ts";

/** Whether any process of the host runs as this user, or could return to be it. */
export function hasProcesses(uid: number): boolean {
  return processesOf(uid).length > 0;
}

/** Ends everything that runs as a user whom nobody else has. */
export function endProcessesOf(uid: number): void {
  endAll(
    `user ${uid}`,
    () => processesOf(uid),
    (pids) => pids.forEach(kill),
  );
}

function processesOf(uid: number): readonly number[] {
  const pids = listDirectory("/proc").filter((name) => /^[0-9]+$/.test(name));
  return pids.filter((pid) => uidsOf(pid).includes(uid)).map(Number);
}

/** Ends every process below these cgroups and waits until they have gone; then removes the cgroups. */
export function endProcesses(cgroups: readonly string[], registry: Registry): void {
  for (const cgroup of cgroups) {
    if (statusOf(cgroup) === undefined) continue;
    refuseWideCgroup(cgroup, registry);
    killUntilEmpty(cgroup);
    removeCgroup(cgroup);
  }
}

/** Every process below these cgroups. */
export function processesIn(cgroups: readonly string[]): readonly number[] {
  const there = cgroups.filter((cgroup) => statusOf(cgroup) !== undefined);
  return [...new Set(there.flatMap(processesBelow))];
}

/** Of a process that only waits to be reaped: none. Its first thread may have ended while others go on. */
function uidsOf(pid: string): readonly number[] {
  const status = tryReadText(`/proc/${pid}/status`) ?? "";
  if (/^State:\t[ZX]/m.test(status) && /^Threads:\t[01]$/m.test(status)) return [];
  const line = /^Uid:\t(.*)$/m.exec(status)?.[1] ?? "";
  return line.split("\t").map(Number);
}

/** A mistake here would end everything on the host. */
function refuseWideCgroup(cgroup: string, { places }: Registry): void {
  const below = cgroup.startsWith(`${places.cgroups}/`) && !cgroup.split("/").includes("..");
  const pids = processesBelow(cgroup);
  if (below && ![1, ...ownPids()].some((pid) => pids.includes(pid))) return;
  throw new UserError(`cannot end the processes of a container: found a cgroup that is not its own (${cgroup})`);
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

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

function processesBelow(cgroup: string): readonly number[] {
  const own = readProcesses(cgroup);
  return [...own, ...listSubdirectories(cgroup).flatMap(processesBelow)];
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

function removeCgroup(cgroup: string): void {
  listSubdirectories(cgroup).forEach(removeCgroup);
  try {
    removeEmptyDirectory(cgroup);
  } catch (error) {
    // The last process may still be leaving; an empty cgroup does no harm.
    if (!hasCode(error, "EBUSY")) throw error;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
