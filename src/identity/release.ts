import { quote } from "../errors.ts";
import type { Release } from "../model/action.ts";
import { withContext } from "../sys/failure.ts";
import { clearKeyrings } from "../sys/process/keyrings.ts";
import { leasesOf, readHolder, removeHolder, writeHolder } from "./holder.ts";
import type { Holder } from "./holderRecord.ts";
import { removeIpc } from "./ipc.ts";
import { holdersOf, isHeldBy, readUid, removeMarker, restUid } from "./lease.ts";
import { noteEnd, type ReleaseReason } from "./ledger.ts";
import { withIdleLeases, withLeases, withRegistryLock } from "./lock.ts";
import { currentBootAndNamespace, livenessOf, type ProcessId } from "./process.ts";
import { endListed, endProcesses, endProcessesOf } from "./processes.ts";
import type { Registry } from "./registry.ts";
import { uidUnderSystemd } from "./systemdUid.ts";
import { withdraw } from "./userdb.ts";

/**
 * Ends the container's processes, undoes what was recorded with it, and releases its user; with the last holder IPC objects,
 * records and UID go too. Can be repeated after any failure or crash; nothing happens when it is done already.
 */
export function release(id: string, registry: Registry, why: ReleaseReason = "stopped"): void {
  withContext(`release the user of container ${quote(id)}`, () => {
    const known = readHolder(id, registry);
    if (known !== undefined) withLeases(leasesOf(known), registry, () => finish(id, why, registry));
  });
}

/** As `release` if no other process is doing so and the holder is unchanged; returns whether it was released. */
export function releaseIdle(known: Holder, why: ReleaseReason, registry: Registry): boolean {
  const isReleased = withIdleLeases(leasesOf(known), registry, () => {
    const holder = readHolder(known.id, registry);
    if (JSON.stringify(holder) !== JSON.stringify(known)) return false;
    finish(known.id, why, registry);
    return true;
  });
  return isReleased ?? false;
}

function endMain(main: ProcessId, uid: number): void {
  const here = currentBootAndNamespace();
  endListed(`PID ${main.pid}`, () => (livenessOf(main, here) === "running" ? [main.pid] : []), uid);
}

function finish(id: string, why: ReleaseReason, registry: Registry): void {
  const holder = readHolder(id, registry);
  if (holder === undefined) return;
  writeHolder({ ...holder, phase: "releasing" }, registry);
  const others = holdersOf(holder.lease, registry).filter((other) => other !== id);
  const numbers = lastNumbers(holder, others, registry);
  if (livenessOf(holder.claimer, currentBootAndNamespace()) !== "earlierBoot") {
    endProcesses(holder.cgroups, registry);
    if (holder.main !== undefined) endMain(holder.main, holder.uid);
    if (holder.cgroups.length === 0 && numbers.uid !== undefined) endProcessesOf(numbers.uid);
  }
  const { now, later } = divide(holder.releases, readAll(others, registry));
  passOn(later, others, registry);
  removeIpc(numbers, registry);
  if (numbers.uid !== undefined) clearKeyrings(numbers.uid);
  perform(now, numbers, registry);
  noteEnd(holder, why, registry);
  withRegistryLock(registry, () => returnUser(holder, registry));
}

/** The leased numbers that no other container holds, and no service of systemd under the same name. */
function lastNumbers(holder: Holder, others: readonly string[], registry: Registry): Numbers {
  const isLast = (lease: string, uid: number, holders: readonly string[]) =>
    isHeldBy(uid, lease, registry) &&
    holders.every((other) => other === holder.id) &&
    uidUnderSystemd(lease, registry) !== uid;
  const { lease, groupLease = lease, uid, gid } = holder;
  const isLastUser = isLast(lease, uid, others);
  const isOwnGroup = groupLease === lease && gid === uid;
  const isLastGroup = isOwnGroup ? isLastUser : isLast(groupLease, gid, holdersOf(groupLease, registry));
  return { ...(isLastUser ? { uid } : {}), ...(isLastGroup ? { gid } : {}) };
}

interface Numbers {
  readonly uid?: number;
  readonly gid?: number;
}

function readAll(ids: readonly string[], registry: Registry): readonly Holder[] {
  return ids.flatMap((id) => readHolder(id, registry) ?? []);
}

/** Other holders of the user undo what they still need: `later` is the part that they have not recorded themselves. */
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

/** @param removed the numbers whose IPC objects are gone already */
function perform(releases: readonly Release[], removed: Numbers, registry: Registry): void {
  for (const release of releases) {
    if (release.kind !== "removeIpc" || (release.uid === removed.uid && release.gid === removed.gid)) continue;
    removeIpc(release, registry);
  }
  registry.perform(releases.filter((release) => release.kind !== "removeIpc"));
}

/** Records first, the UID last: what a crash leaves between has no holder, and the next claim finds it. */
function returnUser(holder: Holder, registry: Registry): void {
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
