import { failedCall } from "../sys/failure.ts";
import {
  closeFile,
  makeDirectory,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  openFile,
  removeFile,
  tryOpenFile,
} from "../sys/files/files.ts";
import { readStatusAt } from "../sys/files/status.ts";
import { flock, LOCK_EX, LOCK_NB, lockFileDescription } from "../sys/kernel/libc.ts";
import { hasCode } from "../sys/kernel/system.ts";
import { removeLease } from "./lease.ts";
import { leasesIn, type Registry } from "./registry.ts";

/*
 * Order, which prevents deadlocks: leases by name, then the registry, then the password database, then
 * systemd's file of one UID. The kernel drops all of them with the process.
 */

/** Runs `act` alone on this host: everything that gives or frees a UID. */
export function withRegistryLock<T>(registry: Registry, act: () => T): T {
  const descriptor = openFile(`${registry.paths.stateDir}/lock`, O_RDWR | O_CREAT | O_NOFOLLOW);
  try {
    flock(descriptor, LOCK_EX);
    return act();
  } finally {
    closeFile(descriptor);
  }
}

/**
 * Runs `act` while no other process claims from or releases these leases; waits for them. A lease without holders is
 * removed afterwards.
 * @param hasHolders whether what `act` returns says that each of them has one
 */
export function withLeases<T>(
  leases: readonly string[],
  registry: Registry,
  act: () => T,
  hasHolders: (result: T) => boolean = () => false,
): T {
  const locked: Locked[] = [];
  let isHeld = false;
  try {
    for (const lease of sorted(leases)) locked.push({ lease, descriptor: lockLease(lease, registry, LOCK_EX)! });
    const result = act();
    isHeld = hasHolders(result);
    return result;
  } finally {
    for (const one of locked) isHeld ? closeFile(one.descriptor) : unlock(one, registry);
  }
}

/** As withLeases, but gives up (undefined) when another process has one of them. */
export function withIdleLeases<T>(leases: readonly string[], registry: Registry, act: () => T): T | undefined {
  const locked: Locked[] = [];
  try {
    for (const lease of sorted(leases)) {
      const descriptor = lockLease(lease, registry, LOCK_EX | LOCK_NB);
      if (descriptor === undefined) return undefined;
      locked.push({ lease, descriptor });
    }
    return act();
  } finally {
    for (const one of locked) unlock(one, registry);
  }
}

interface Locked {
  readonly lease: string;
  readonly descriptor: number;
}

/** An empty lease holds nothing: one that cannot be removed now is no failure of what was done. */
function unlock({ lease, descriptor }: Locked, registry: Registry): void {
  try {
    removeLease(lease, registry);
  } catch (error) {
    if (failedCall(error) === undefined) throw error;
  } finally {
    closeFile(descriptor);
  }
}

/** Runs `act` while no user can be added to the host's database, as systemd and shadow's tools do (lckpwdf(3)). */
export function withPasswordLock<T>(registry: Registry, act: () => T): T {
  const descriptor = openPasswordLock(registry.paths.passwordLock);
  if (descriptor === undefined) return act();
  try {
    lockFileDescription(descriptor);
    return act();
  } finally {
    closeFile(descriptor);
  }
}

/**
 * Runs `act` under systemd's lock of this UID; undefined when a service of systemd has it. The file is removed again:
 * afterwards dynuser's records in the user database show systemd that the UID is taken.
 */
export function withSystemdLock<T>(uid: number, registry: Registry, act: () => T): T | undefined {
  const path = `${registry.paths.dynamicUids}/${uid}`;
  const descriptor = lockExisting(LOCK_EX | LOCK_NB, () => openFile(path, O_RDWR | O_CREAT | O_NOFOLLOW));
  if (descriptor === undefined) return undefined;
  try {
    return act();
  } finally {
    orClose(descriptor, () => removeFile(path));
    closeFile(descriptor);
  }
}

/** Whether a process has locked the file; false when there is none. */
export function isLocked(path: string): boolean {
  try {
    const descriptor = openFile(path, O_RDONLY | O_NOFOLLOW);
    try {
      return lockDescriptor(descriptor, LOCK_EX | LOCK_NB) === "busy";
    } finally {
      closeFile(descriptor);
    }
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Names first and static users last: a claim knows those only while it has the names. */
function sorted(leases: readonly string[]): readonly string[] {
  const rank = (lease: string) => `${lease.includes("=") ? 1 : 0}${lease}`;
  return [...new Set(leases)].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function lockLease(lease: string, registry: Registry, operation: number): number | undefined {
  const path = `${leasesIn(registry.paths.stateDir)}/${lease}`;
  return lockExisting(operation, () => openLease(path));
}

/**
 * Makes the directory where it is missing, also when its last holder removes it at this moment. A process that can open it
 * can lock it, so its mode admits root alone.
 */
function openLease(path: string): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  for (;;) {
    const there = tryOpenFile(path, flags);
    if (there !== undefined) return there;
    try {
      makeDirectory(path, 0o700);
      return openFile(path, flags);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
}

/** Opens and locks; once more when what was locked has been removed meanwhile. */
function lockExisting(operation: number, open: () => number): number | undefined {
  for (;;) {
    const descriptor = open();
    const state = orClose(descriptor, () => lockDescriptor(descriptor, operation));
    if (state === "locked") return descriptor;
    closeFile(descriptor);
    if (state === "busy") return undefined;
  }
}

function orClose<T>(descriptor: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    closeFile(descriptor);
    throw error;
  }
}

function lockDescriptor(descriptor: number, operation: number): "locked" | "busy" | "removed" {
  try {
    flock(descriptor, operation);
  } catch (error) {
    if (hasCode(error, "EAGAIN", "EWOULDBLOCK")) return "busy";
    throw error;
  }
  return readStatusAt(descriptor).links === 0 ? "removed" : "locked";
}

/** Nothing can change the database of a read-only /etc. */
function openPasswordLock(path: string): number | undefined {
  try {
    return openFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, "EROFS")) return undefined;
    throw error;
  }
}
