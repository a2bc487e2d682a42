import { bootId, secondsSinceBoot } from "../sys/boot.ts";
import { listDirectory, listSome, removeEmptyDirectory, removeFile } from "../sys/files/files.ts";
import { readPrivate, writePrivate } from "../sys/files/privateFile.ts";
import { recordFormat } from "../sys/files/recordFile.ts";
import { isHolder } from "./holder.ts";
import { hasProcesses } from "./processes.ts";
import { quarantineFile } from "./quarantine.ts";
import { leasesIn, type Registry, uidsIn } from "./registry.ts";
import { type Entry, publish } from "./userdb.ts";
import { validate } from "./validateUid.gen.ts";

/*
 * A lease is a directory leases/NAME with one file per holder, HOLDER → UID, and the file uids/UID, which names it. Only
 * both together give the UID to a holder. All functions here run under the registry's lock.
 */

/** What the file of one UID says. */
export type UidState =
  | { readonly kind: "free" }
  | { readonly kind: "held"; readonly entry: Entry }
  | { readonly kind: "resting"; readonly name: string; readonly seconds: number }
  | { readonly kind: "damaged" };

export function readUid(uid: number, registry: Registry): UidState {
  const state = uidFormat.read(pathOf(uid, registry));
  if (state.kind === "record") return stateOf(uid, state.value);
  return { kind: state.kind === "absent" ? "free" : "damaged" };
}

/** Holds the UID for a name; written before the UID is published. */
export function holdUid({ uid, name, memberOf }: Entry, registry: Registry): void {
  uidFormat.write(pathOf(uid, registry), { name, memberOf });
}

/** Adds groups that a further holder of the name joins. */
export function extendEntry(uid: number, memberOf: readonly string[], registry: Registry): void {
  const state = readUid(uid, registry);
  if (state.kind !== "held" || memberOf.every((group) => state.entry.memberOf.includes(group))) return;
  const entry = { ...state.entry, memberOf: [...new Set([...state.entry.memberOf, ...memberOf])] };
  holdUid(entry, registry);
  publish(entry, registry);
}

/** Puts the UID into cooldown: it has no holder, and for some time only its last name may have it. */
export function restUid({ uid, name }: Entry, registry: Registry): void {
  uidFormat.write(pathOf(uid, registry), { name, restingSince: secondsSinceBoot(), bootId: bootId() });
}

/**
 * Sets a damaged file of a UID aside. A lease that still names the UID keeps it; otherwise it rests, under no name,
 * unless processes have it.
 * @returns whether the UID is in order again
 */
export function repairUid(uid: number, registry: Registry): boolean {
  const lease = listLeases(registry).find((name) =>
    holdersOf(name, registry).some((id) => markedUid(name, id, registry) === uid),
  );
  if (lease === undefined && hasProcesses(uid)) return false;
  quarantineFile(pathOf(uid, registry), `the lease of UID ${uid}: found no valid one`, registry);
  if (lease === undefined) restUid({ uid, name: UNKNOWN_NAME, memberOf: [] }, registry);
  else if (!isStaticLease(lease)) holdUid({ uid, name: lease, memberOf: [] }, registry);
  return true;
}

/** The name where a damaged record has none. */
const UNKNOWN_NAME = "?";

/** As if the UID had never been used; for a claim that failed half-way. */
export function forgetUid(uid: number, registry: Registry): void {
  removeFile(pathOf(uid, registry));
}

export function listUids(registry: Registry): readonly number[] {
  return uidsOf(listDirectory(uidsIn(registry.paths.stateDir)));
}

/** At most so many of them, others each time. */
export function listSomeUids(most: number, registry: Registry): readonly number[] {
  return uidsOf(listSome(uidsIn(registry.paths.stateDir), most));
}

function uidsOf(names: readonly string[]): readonly number[] {
  return names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
}

export function listLeases(registry: Registry): readonly string[] {
  return listDirectory(leasesIn(registry.paths.stateDir));
}

/** At most so many of them, others each time. */
export function listSomeLeases(most: number, registry: Registry): readonly string[] {
  return listSome(leasesIn(registry.paths.stateDir), most);
}

/** The UID that the lease's holders share; undefined when it has none, `damaged` when none of them names it. */
export function leasedUid(lease: string, registry: Registry): number | "damaged" | undefined {
  const holders = holdersOf(lease, registry);
  for (const id of holders) {
    const uid = markedUid(lease, id, registry);
    if (isHeldBy(uid, lease, registry)) return uid;
  }
  return holders.length === 0 ? undefined : "damaged";
}

function isHeldBy(uid: number, lease: string, registry: Registry): boolean {
  const state = readUid(uid, registry);
  return state.kind === "held" && state.entry.name === lease;
}

/** Of a user that the host has anyway, in place of a name. */
export function isStaticLease(lease: string): boolean {
  return lease.startsWith("static=");
}

export function holdersOf(lease: string, registry: Registry): readonly string[] {
  return listDirectory(leaseDirectory(lease, registry)).filter(isHolderName);
}

function isHolderName(name: string): boolean {
  return !name.startsWith(".");
}

export function addHolder(lease: string, id: string, uid: number, registry: Registry): void {
  writePrivate(`${leaseDirectory(lease, registry)}/${id}`, `${uid}\n`);
}

export function removeMarker(lease: string, id: string, registry: Registry): void {
  removeFile(`${leaseDirectory(lease, registry)}/${id}`);
}

/** Drops holders whose own file is lost, unless processes may still have the UID through them. */
export function dropLostMarkers(
  lease: string,
  registry: Registry,
  holders: readonly string[] = holdersOf(lease, registry),
): Markers {
  const lost = holders.filter((id) => !isHolder(id, registry));
  const gone = lost.filter((id) => !hasProcesses(markedUid(lease, id, registry)));
  for (const id of gone) removeMarker(lease, id, registry);
  return { left: holders.length - gone.length, lost: lost.length - gone.length };
}

/** How many holders a lease has, and how many of them have no file of their own. */
interface Markers {
  readonly left: number;
  readonly lost: number;
}

/** Removes the directory of a lease without holders. The caller has its lock, so unfinished files are leftovers. */
export function removeLease(lease: string, registry: Registry): void {
  const directory = leaseDirectory(lease, registry);
  if (removeEmptyDirectory(directory)) return;
  const names = listDirectory(directory);
  if (names.some(isHolderName)) return;
  for (const name of names) removeFile(`${directory}/${name}`);
  removeEmptyDirectory(directory);
}

/** NaN, which is no UID, for a marker that another user could have written. */
function markedUid(lease: string, id: string, registry: Registry): number {
  const marker = readPrivate(`${leaseDirectory(lease, registry)}/${id}`);
  return marker.kind === "text" ? Number.parseInt(marker.text, 10) : Number.NaN;
}

export function leaseDirectory(lease: string, registry: Registry): string {
  return `${leasesIn(registry.paths.stateDir)}/${lease}`;
}

/** The file of one UID (schemas/records/uid.schema.json). */
type UidRecord =
  | { readonly name: string; readonly memberOf: readonly string[] }
  | { readonly name: string; readonly restingSince: number; readonly bootId: string };

const uidFormat = recordFormat<UidRecord>("uid", validate);

function stateOf(uid: number, record: UidRecord): UidState {
  const { name } = record;
  if ("memberOf" in record) return { kind: "held", entry: { name, uid, memberOf: record.memberOf } };
  if (record.bootId !== bootId()) return { kind: "free" };
  return { kind: "resting", name, seconds: secondsSinceBoot() - record.restingSince };
}

function pathOf(uid: number, registry: Registry): string {
  return `${uidsIn(registry.paths.stateDir)}/${uid}`;
}
