import { quote } from "../errors.ts";
import type { Release } from "../model/action.ts";
import { withContext } from "../sys/failure.ts";
import { clearKeyrings } from "../sys/process/keyrings.ts";
import { leasesOf, readHolder, removeHolder, writeHolder } from "./holder.ts";
import type { Holder } from "./holderRecord.ts";
import { removeIpc } from "./ipc.ts";
import { holdersOf, readUid, removeMarker, restUid } from "./lease.ts";
import { noteEnd, type ReleaseReason } from "./ledger.ts";
import { withIdleLeases, withLeases, withRegistryLock } from "./lock.ts";
import { currentBootAndNamespace, livenessOf, type ProcessId } from "./process.ts";
import { endListed, endProcesses, endProcessesOf } from "./processes.ts";
import { type Registry, recordsIn } from "./registry.ts";
import { uidUnderSystemd } from "./systemdUid.ts";
import { type Entry, withdraw } from "./userdb.ts";

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
  const ending = endingEntries(holder, others, registry);
  const numbers = lastNumbers(holder, ending, registry);
  if (livenessOf(holder.claimer, currentBootAndNamespace()) !== "earlierBoot") {
    endProcesses(holder.cgroups, registry);
    if (holder.main !== undefined) endMain(holder.main, holder.uid);
    if (holder.cgroups.length === 0 && numbers.uid !== undefined) endProcessesOf(numbers.uid);
  }
  const { now, later, heir } = divide(holder, readEach(others, registry), recordsIn(registry.paths.stateDir));
  if (heir !== undefined && later.length > 0)
    writeHolder({ ...heir, releases: [...heir.releases, ...later] }, registry);
  removeIpc(numbers, registry);
  if (numbers.uid !== undefined) clearKeyrings(numbers.uid);
  perform(now, numbers, registry);
  noteEnd(holder, why, registry);
  withRegistryLock(registry, () => returnUser(holder, ending, registry));
}

interface NamedNumber {
  readonly lease: string;
  readonly uid: number;
}

function numbersOf({ lease, uid, groupLease, gid }: Holder): readonly NamedNumber[] {
  return [{ lease, uid }, ...(groupLease === undefined ? [] : [{ lease: groupLease, uid: gid }])];
}

/** What the leases say of the numbers that no other container holds; they stay so while the caller has the leases. */
function endingEntries(holder: Holder, others: readonly string[], registry: Registry): readonly Entry[] {
  return numbersOf(holder).flatMap(({ lease, uid }) => {
    const left = lease === holder.lease ? others : holdersOf(lease, registry).filter((other) => other !== holder.id);
    const state = left.length > 0 ? undefined : readUid(uid, registry);
    return state?.kind === "held" && state.entry.name === lease ? [state.entry] : [];
  });
}

/** The leased numbers that end, without those that a service of systemd has under the same name. */
function lastNumbers(
  { lease, groupLease = lease, uid, gid }: Holder,
  ending: readonly Entry[],
  registry: Registry,
): Numbers {
  const last = ending.filter((entry) => uidUnderSystemd(entry.name, registry) !== entry.uid);
  const isLast = (name: string, number: number) => last.some((entry) => entry.name === name && entry.uid === number);
  return { ...(isLast(lease, uid) ? { uid } : {}), ...(isLast(groupLease, gid) ? { gid } : {}) };
}

interface Numbers {
  readonly uid?: number;
  readonly gid?: number;
}

function* readEach(ids: readonly string[], registry: Registry): Iterable<Holder> {
  for (const id of ids) {
    const holder = readHolder(id, registry);
    if (holder !== undefined) yield holder;
  }
}

/** What a holder has recorded, by when it is undone: now, or later by `heir`. */
interface Divided {
  readonly now: readonly Release[];
  readonly later: readonly Release[];
  readonly heir: Holder | undefined;
}

/**
 * Other holders of the user undo what they still need: `later` is the part that they have not recorded themselves. They are read
 * until each path is known to be recorded, which for containers of one kind the first one says.
 * @param records where each container has its directory, which concerns no other one
 */
export function divide({ id, releases }: Holder, others: Iterable<Holder>, records: string): Divided {
  const isOwn = (release: Release) => release.kind === "remove" && release.path === `${records}/${id}`;
  let shared = releases.filter((release) => !isOwn(release));
  let heir: Holder | undefined;
  const needed = new Set<Release>();
  for (const other of shared.length === 0 ? [] : others) {
    heir ??= other;
    const recorded = new Set(other.releases.map((release) => JSON.stringify(release)));
    shared = shared.filter((release) => !recorded.has(JSON.stringify(release)));
    for (const release of shared) if (other.releases.some((their) => contains(release, their))) needed.add(release);
    if (shared.length === 0) break;
  }
  const open = [...releases.filter(isOwn), ...shared];
  return {
    now: open.filter((release) => !needed.has(release)),
    later: open.filter((release) => needed.has(release)),
    heir,
  };
}

function contains(release: Release, their: Release): boolean {
  if (release.kind !== "remove" || their.kind !== "remove") return false;
  return their.path === release.path || their.path.startsWith(`${release.path}/`);
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
function returnUser(holder: Holder, ending: readonly Entry[], registry: Registry): void {
  for (const entry of ending) withdraw(entry, registry);
  removeHolder(holder.id, registry);
  for (const { lease } of numbersOf(holder)) removeMarker(lease, holder.id, registry);
  for (const entry of ending) restUid(entry, registry);
}
