import { listDirectory, removeEmptyDirectory, removeFile, replaceFile, tryReadText } from "../sys/files.ts";
import { setAside } from "./damaged.ts";
import { isHolder } from "./holder.ts";
import { currentBoot, uptimeSeconds } from "./process.ts";
import { hasProcesses } from "./processes.ts";
import { leasesIn, type Registry, uidsIn } from "./registry.ts";
import { type Entry, publish } from "./userdb.ts";

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
  const text = tryReadText(pathOf(uid, registry));
  return text === undefined ? { kind: "free" } : parseUid(uid, text);
}

/** Holds the UID for a name, on disk before anything else knows of it. */
export function holdUid({ uid, name, memberOf }: Entry, registry: Registry): void {
  replaceFile(pathOf(uid, registry), `${JSON.stringify({ name, memberOf })}\n`, 0o644);
}

/** Adds groups that a further holder of the name joins. */
export function extendEntry(uid: number, memberOf: readonly string[], registry: Registry): void {
  const state = readUid(uid, registry);
  if (state.kind !== "held" || memberOf.every((group) => state.entry.memberOf.includes(group))) return;
  const entry = { ...state.entry, memberOf: [...new Set([...state.entry.memberOf, ...memberOf])] };
  holdUid(entry, registry);
  publish(entry, registry);
}

/** Lets the UID rest: nobody holds it, and for some time only its last name may have it. */
export function restUid({ uid, name }: Entry, registry: Registry): void {
  const resting = { name, restingSince: uptimeSeconds(), bootId: currentBoot() };
  replaceFile(pathOf(uid, registry), `${JSON.stringify(resting)}\n`, 0o644);
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
  setAside(pathOf(uid, registry), `who has UID ${uid}: found no valid lease`, registry);
  if (lease === undefined) restUid({ uid, name: NOBODY, memberOf: [] }, registry);
  else if (!lease.startsWith("static=")) holdUid({ uid, name: lease, memberOf: [] }, registry);
  return true;
}

/** The name of no user. */
const NOBODY = "?";

/** As if the UID had never been given out; for a claim that failed half-way. */
export function forgetUid(uid: number, registry: Registry): void {
  removeFile(pathOf(uid, registry));
}

export function listUids(registry: Registry): readonly number[] {
  return listDirectory(uidsIn(registry.places.own))
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

export function listLeases(registry: Registry): readonly string[] {
  return listDirectory(leasesIn(registry.places.own));
}

/** The UID that the lease's holders share; undefined when it has none. */
export function leasedUid(lease: string, registry: Registry): number | undefined {
  for (const id of holdersOf(lease, registry)) {
    const uid = markedUid(lease, id, registry);
    if (isHeldBy(uid, lease, registry)) return uid;
  }
  return undefined;
}

export function isHeldBy(uid: number, lease: string, registry: Registry): boolean {
  const state = readUid(uid, registry);
  return state.kind === "held" && state.entry.name === lease;
}

export function holdersOf(lease: string, registry: Registry): readonly string[] {
  return listDirectory(leaseDirectory(lease, registry)).filter((name) => !name.startsWith("."));
}

export function addHolder(lease: string, id: string, uid: number, registry: Registry): void {
  replaceFile(`${leaseDirectory(lease, registry)}/${id}`, `${uid}\n`, 0o644);
}

export function removeMarker(lease: string, id: string, registry: Registry): void {
  removeFile(`${leaseDirectory(lease, registry)}/${id}`);
}

/**
 * Drops holders whose own file is lost, unless processes may still have the UID through them.
 * @returns whether there are none left
 */
export function dropLostMarkers(lease: string, registry: Registry): boolean {
  const lost = holdersOf(lease, registry).filter((id) => !isHolder(id, registry));
  const gone = lost.filter((id) => !hasProcesses(markedUid(lease, id, registry)));
  for (const id of gone) removeMarker(lease, id, registry);
  return gone.length === lost.length;
}

/** Removes the lease's directory when nobody holds it; the caller has its lock, so unfinished files are leftovers. */
export function removeLease(lease: string, registry: Registry): void {
  if (holdersOf(lease, registry).length > 0) return;
  const directory = leaseDirectory(lease, registry);
  for (const name of listDirectory(directory)) removeFile(`${directory}/${name}`);
  removeEmptyDirectory(directory);
}

function markedUid(lease: string, id: string, registry: Registry): number {
  return Number.parseInt(tryReadText(`${leaseDirectory(lease, registry)}/${id}`) ?? "", 10);
}

export function leaseDirectory(lease: string, registry: Registry): string {
  return `${leasesIn(registry.places.own)}/${lease}`;
}

function parseUid(uid: number, text: string): UidState {
  const { name, memberOf, restingSince, bootId } = parseJson(text);
  if (typeof name !== "string") return { kind: "damaged" };
  if (isListOfText(memberOf)) return { kind: "held", entry: { name, uid, memberOf } };
  if (typeof restingSince !== "number" || typeof bootId !== "string") return { kind: "damaged" };
  if (bootId !== currentBoot()) return { kind: "free" };
  return { kind: "resting", name, seconds: uptimeSeconds() - restingSince };
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function pathOf(uid: number, registry: Registry): string {
  return `${uidsIn(registry.places.own)}/${uid}`;
}
