import { basename } from "node:path";
import { problemsIn } from "../errors.ts";
import { withContext } from "../sys/failure.ts";
import { removeFile } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { clearKeyrings } from "../sys/process/keyrings.ts";
import { isHolder, leasesOf, listHolders, listSomeHolders, readHolder, writeHolder } from "./holder.ts";
import type { Holder } from "./holderRecord.ts";
import { removeIpc } from "./ipc.ts";
import { dropLostMarkers, holdersOf, listSomeLeases, listSomeUids, readUid, repairUid, restUid } from "./lease.ts";
import { classify, LEFTOVER_KINDS, type Leftover, lostContainer, lostLease, lostUid } from "./leftovers.ts";
import { withIdleLeases, withRegistryLock, withSystemdLock } from "./lock.ts";
import type { ProcessId } from "./process.ts";
import { hasProcesses } from "./processes.ts";
import { type Registry, recordsIn } from "./registry.ts";
import { releaseIdle } from "./release.ts";
import { withdraw } from "./userdb.ts";

/**
 * Finishes what killed processes, killed containers and reboots left; nothing alive is touched. A failure is reported and
 * does not stop the rest.
 * @returns the leftovers that are gone now
 */
export function collect(registry: Registry): readonly Leftover[] {
  const containers = collectContainers(listHolders(registry), registry);
  return [...containers, ...LEFTOVER_KINDS.flatMap((find) => collectAll(find(registry), registry))];
}

/** As `collect`, for a few of each kind, so that a claim stays fast on a host with thousands of them. */
export function collectSome(registry: Registry): void {
  collectContainers(listSomeHolders(8, registry), registry);
  const leases = listSomeLeases(4, registry).flatMap((lease) => lostLease(lease, registry));
  const uids = listSomeUids(4, registry).flatMap((uid) => lostUid(uid, registry));
  collectAll([...leases, ...uids], registry);
}

function collectContainers(ids: readonly string[], registry: Registry): readonly Leftover[] {
  const examined = classify(ids, registry);
  for (const { holder, fate } of examined) if (fate.kind === "started") attachStarted(holder, fate.init, registry);
  return collectAll(examined.flatMap(lostContainer), registry);
}

/** Later calls need not query the runtime again. */
function attachStarted(holder: Holder, init: ProcessId, registry: Registry): void {
  withIdleLeases(leasesOf(holder), registry, () => {
    const now = readHolder(holder.id, registry);
    if (now?.phase === "claimed") writeHolder({ ...now, init, phase: "attached" }, registry);
  });
}

/** A leftover that cannot be collected now does not stop the others. */
function collectAll(lost: readonly Leftover[], registry: Registry): readonly Leftover[] {
  return lost.filter((one) => {
    try {
      return withContext(`release what ${nameOf(one)} left`, () => collectOne(one, registry));
    } catch (error) {
      for (const problem of problemsIn(error)) registry.warn(problem);
      return false;
    }
  });
}

function nameOf(lost: Leftover): string {
  switch (lost.kind) {
    case "container":
      return lost.holder.id;
    case "lease":
      return lost.name;
    case "uid":
    case "lock":
      return `UID ${lost.uid}`;
    case "record":
    case "temporary":
    case "damaged":
      return lost.path;
  }
}

/** Checks again what may have changed meanwhile; returns whether the leftover is gone now. */
function collectOne(lost: Leftover, registry: Registry): boolean {
  switch (lost.kind) {
    case "container":
      return releaseIdle(lost.holder, lost.why, registry) && forgetRecord(lost.holder.id, registry);
    case "lease":
      return collectLease(lost.name, registry);
    case "uid":
      return withRegistryLock(registry, () => collectUid(lost.uid, registry));
    case "record":
      return forgetRecord(basename(lost.path), registry);
    case "temporary":
    case "damaged":
      return removeFile(lost.path);
    case "lock":
      // taking the lock once removes the file
      return withRegistryLock(registry, () => withSystemdLock(lost.uid, registry, () => true)) ?? false;
  }
}

/** Drops holders whose file was lost or damaged. */
function collectLease(name: string, registry: Registry): boolean {
  return withIdleLeases([name], registry, () => dropLostMarkers(name, registry).lost === 0) ?? false;
}

/** A UID without holders: a process was killed between two steps. */
function collectUid(uid: number, registry: Registry): boolean {
  const state = readUid(uid, registry);
  if (state.kind === "damaged") return repairUid(uid, registry);
  if (state.kind !== "held" || holdersOf(state.entry.name, registry).length > 0 || hasProcesses(uid)) return false;
  removeIpc({ uid, gid: uid }, registry);
  clearKeyrings(uid);
  withdraw(state.entry, registry);
  restUid(state.entry, registry);
  return true;
}

/** The record is removed with the last holder: libexec/dynuser takes its existence for a held container. */
function forgetRecord(key: string, registry: Registry): boolean {
  const base = recordsIn(registry.paths.stateDir);
  if (!isHolder(key, registry) && statusOf(`${base}/${key}`) !== undefined)
    registry.perform([{ kind: "remove", base, path: `${base}/${key}`, links: [] }]);
  return true;
}
