import type { Release } from "../action.ts";
import { quote } from "../errors.ts";
import { explaining } from "./failure.ts";
import { type Holder, leasesOf, readHolder, removeHolder, writeHolder } from "./holder.ts";
import { removeIpc } from "./ipc.ts";
import { holdersOf, isHeldBy, readUid, removeMarker, restUid } from "./lease.ts";
import { noteEnd, type Why } from "./ledger.ts";
import { withIdleLeases, withLeases, withRegistryLock } from "./lock.ts";
import { livenessOf, lookAround } from "./process.ts";
import { endProcesses, endProcessesOf } from "./processes.ts";
import type { Registry } from "./registry.ts";
import { withdraw } from "./userdb.ts";

/**
 * Ends the container's processes, undoes what was recorded with it, and gives its user back; the last holder takes IPC
 * objects, records and UID with it. Can be repeated after any failure or crash; nothing happens when it is done already.
 */
export function release(id: string, registry: Registry, why: Why = "stopped"): void {
  explaining(`release the user of container ${quote(id)}`, () => {
    const known = readHolder(id, registry);
    if (known !== undefined) withLeases(leasesOf(known), registry, () => finish(id, why, registry));
  });
}

/** As `release` if nobody else is at it and the holder still is what it was; whether it was. */
export function releaseIdle(known: Holder, why: Why, registry: Registry): boolean {
  const isReleased = withIdleLeases(leasesOf(known), registry, () => {
    const holder = readHolder(known.id, registry);
    if (JSON.stringify(holder) !== JSON.stringify(known)) return false;
    finish(known.id, why, registry);
    return true;
  });
  return isReleased ?? false;
}

function finish(id: string, why: Why, registry: Registry): void {
  const holder = readHolder(id, registry);
  if (holder === undefined) return;
  writeHolder({ ...holder, phase: "releasing" }, registry);
  const numbers = lastNumbers(holder, registry);
  if (livenessOf(holder.claimer, lookAround()) !== "earlierBoot") {
    endProcesses(holder.cgroups, registry);
    if (holder.cgroups.length === 0 && numbers.uid !== undefined) endProcessesOf(numbers.uid);
  }
  const others = holdersOf(holder.lease, registry).filter((other) => other !== id);
  const { now, later } = divide(holder.releases, readAll(others, registry));
  passOn(later, others, registry);
  removeIpc(numbers, registry);
  perform(now, registry);
  noteEnd(holder, why, registry);
  withRegistryLock(registry, () => giveBack(holder, registry));
}

/** The leased numbers that nobody else holds. */
function lastNumbers(holder: Holder, registry: Registry): { readonly uid?: number; readonly gid?: number } {
  const isLast = (lease: string, uid: number) =>
    isHeldBy(uid, lease, registry) && holdersOf(lease, registry).every((other) => other === holder.id);
  const { lease, groupLease, uid, gid } = holder;
  return {
    ...(isLast(lease, uid) ? { uid } : {}),
    ...(isLast(groupLease ?? lease, gid) ? { gid } : {}),
  };
}

function readAll(ids: readonly string[], registry: Registry): readonly Holder[] {
  return ids.flatMap((id) => readHolder(id, registry) ?? []);
}

/** What other holders of the user still need is theirs to undo: `later` is what they have not recorded themselves. */
export function divide(
  releases: readonly Release[],
  others: readonly Holder[],
): { readonly now: readonly Release[]; readonly later: readonly Release[] } {
  const theirs = others.flatMap((other) => other.releases);
  const recorded = new Set(theirs.map((release) => JSON.stringify(release)));
  const open = releases.filter((release) => !recorded.has(JSON.stringify(release)));
  const isNeeded = (release: Release) => theirs.some((their) => contains(release, their));
  return { now: open.filter((release) => !isNeeded(release)), later: open.filter(isNeeded) };
}

function contains(release: Release, their: Release): boolean {
  if (release.kind !== "remove" || their.kind !== "remove") return false;
  return their.path === release.path || their.path.startsWith(`${release.path}/`);
}

function passOn(releases: readonly Release[], others: readonly string[], registry: Registry): void {
  if (releases.length === 0) return;
  const heir = readAll(others, registry)[0];
  if (heir !== undefined) writeHolder({ ...heir, releases: [...heir.releases, ...releases] }, registry);
}

function perform(releases: readonly Release[], registry: Registry): void {
  for (const release of releases) if (release.kind === "removeIpc") removeIpc(release, registry);
  registry.perform(releases.filter((release) => release.kind !== "removeIpc"));
}

/** Records first, the UID last; whatever a crash leaves between is held by nobody and found by the next claim. */
function giveBack(holder: Holder, registry: Registry): void {
  const leases = [
    { lease: holder.lease, uid: holder.uid },
    ...(holder.groupLease === undefined ? [] : [{ lease: holder.groupLease, uid: holder.gid }]),
  ];
  const ending = leases.flatMap(({ lease, uid }) => {
    const state = readUid(uid, registry);
    const isLast = holdersOf(lease, registry).every((other) => other === holder.id);
    return isLast && state.kind === "held" && state.entry.name === lease ? [state.entry] : [];
  });
  for (const entry of ending) withdraw(entry, registry);
  removeHolder(holder.id, registry);
  for (const { lease } of leases) removeMarker(lease, holder.id, registry);
  for (const entry of ending) restUid(entry, registry);
}
