import { basename } from "node:path";
import { problemsIn } from "../errors.ts";
import { removeFile, statusOf } from "../sys/files.ts";
import { explaining } from "./failure.ts";
import { type Holder, isHolder, leasesOf, listHolders, readHolder, writeHolder } from "./holder.ts";
import { removeIpc } from "./ipc.ts";
import { dropLostMarkers, holdersOf, listLeases, listUids, readUid, repairUid, restUid } from "./lease.ts";
import { withIdleLeases, withRegistryLock, withSystemdLock } from "./lock.ts";
import { examine, type Lost, lostContainer, lostLease, lostUid, REMAINS } from "./lost.ts";
import type { ProcessMark } from "./process.ts";
import { hasProcesses } from "./processes.ts";
import { type Registry, recordsIn } from "./registry.ts";
import { releaseIdle } from "./release.ts";
import { withdraw } from "./userdb.ts";

/**
 * Finishes what killed processes, killed containers and reboots left; nothing that lives is touched. What cannot be
 * finished now is told and keeps nothing else.
 * @returns what was found and has gone
 */
export function collect(registry: Registry): readonly Lost[] {
  const containers = collectContainers(listHolders(registry), registry);
  return [...containers, ...REMAINS.flatMap((find) => collectAll(find(registry), registry))];
}

/** As `collect`, but a few of each, others next time: what a claim can afford on a host with thousands of them. */
export function collectSome(registry: Registry): void {
  collectContainers(some(listHolders(registry), 24, registry), registry);
  const leases = some(listLeases(registry), 4, registry).flatMap((lease) => lostLease(lease, registry));
  const uids = some(listUids(registry), 4, registry).flatMap((uid) => lostUid(uid, registry));
  collectAll([...leases, ...uids], registry);
}

function some<T>(all: readonly T[], count: number, registry: Registry): readonly T[] {
  if (all.length <= count) return all;
  const start = registry.random(all.length);
  return [...all.slice(start), ...all.slice(0, start)].slice(0, count);
}

function collectContainers(ids: readonly string[], registry: Registry): readonly Lost[] {
  const examined = examine(ids, registry);
  for (const { holder, fate } of examined) if (fate.kind === "started") attachStarted(holder, fate.init, registry);
  return collectAll(examined.flatMap(lostContainer), registry);
}

/** Spares others asking the runtime. */
function attachStarted(holder: Holder, init: ProcessMark, registry: Registry): void {
  withIdleLeases(leasesOf(holder), registry, () => {
    const now = readHolder(holder.id, registry);
    if (now?.phase === "claimed") writeHolder({ ...now, init, phase: "attached" }, registry);
  });
}

/** One that cannot be collected now must not keep others. */
function collectAll(lost: readonly Lost[], registry: Registry): readonly Lost[] {
  return lost.filter((one) => {
    try {
      return explaining(`release what ${nameOf(one)} left`, () => collectOne(one, registry));
    } catch (error) {
      for (const problem of problemsIn(error)) registry.warn(problem);
      return false;
    }
  });
}

function nameOf(lost: Lost): string {
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
      return lost.path;
  }
}

/** Looks again where it could have changed meanwhile; whether it has gone now. */
function collectOne(lost: Lost, registry: Registry): boolean {
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
      return removeFile(lost.path);
    case "lock":
      // taking the lock once removes the file
      return withRegistryLock(registry, () => withSystemdLock(lost.uid, registry, () => true)) ?? false;
  }
}

/** Holders whose own file was lost or damaged. */
function collectLease(name: string, registry: Registry): boolean {
  return withIdleLeases([name], registry, () => dropLostMarkers(name, registry)) ?? false;
}

/** A UID without holders: a process was killed between two steps. */
function collectUid(uid: number, registry: Registry): boolean {
  const state = readUid(uid, registry);
  if (state.kind === "damaged") return repairUid(uid, registry);
  if (state.kind !== "held" || holdersOf(state.entry.name, registry).length > 0 || hasProcesses(uid)) return false;
  removeIpc({ uid, gid: uid }, registry);
  withdraw(state.entry, registry);
  restUid(state.entry, registry);
  return true;
}

/** Removed once its container holds nothing any more: until then it tells the trampoline that it does. */
function forgetRecord(key: string, registry: Registry): boolean {
  const base = recordsIn(registry.places.own);
  if (!isHolder(key, registry) && statusOf(`${base}/${key}`) !== undefined)
    registry.perform([{ kind: "remove", base, path: `${base}/${key}`, links: [] }]);
  return true;
}
