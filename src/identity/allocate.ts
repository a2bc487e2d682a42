import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { makeDirectory } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { once } from "../sys/once.ts";
import { clearKeyrings } from "../sys/process/keyrings.ts";
import { collectIpcOwners, type IpcOwners } from "./ipc.ts";
import { holdersOf, isStaticLease, listLeases, listUids, readUid, restUid, type UidState } from "./lease.ts";
import { withPasswordLock, withSystemdLock } from "./lock.ts";
import { hashOfName } from "./name.ts";
import { hasProcesses } from "./processes.ts";
import type { Registry } from "./registry.ts";
import { uidUnderSystemd } from "./systemdUid.ts";
import { publishedUids, withdrawLeftOver } from "./userdb.ts";

/** Every UID of the range is taken. */
export class RangeFull extends UserError {}

/**
 * Finds a UID for a name by systemd's rules (src/core/dynamic-user.c, pick_uid) and runs `publish` while neither
 * systemd can pick it nor a user can be added. Unlike systemd it also finds the last free one of a nearly full range.
 * @param owners directories whose owner is tried first
 * @throws RangeFull
 */
export function allocateUid(
  name: string,
  owners: readonly string[],
  registry: Registry,
  publish: (uid: number) => void,
): number {
  // A host without systemd has neither, and systemd may still be installed on it.
  const { dynamicUids } = registry.paths;
  if (statusOf(dynamicUids) === undefined)
    for (const path of [dirname(dynamicUids), dynamicUids]) makeDirectory(path, 0o755);
  return withPasswordLock(registry, () => {
    const shared = uidUnderSystemd(name, registry);
    const search: Search = { name, registry, ipcOwners: once(() => collectIpcOwners(registry)) };
    // systemd's lock of it is the service's
    if (shared !== undefined && isOpen(readUid(shared, registry), search)) {
      publish(shared);
      return shared;
    }
    for (const uid of candidates(name, owners, registry)) {
      const state = readUid(uid, registry);
      if (isOpen(state, search) && take(uid, state, search, publish)) return uid;
    }
    for (const uid of longestRested(registry)) {
      if (take(uid, readUid(uid, registry), search, publish)) return uid;
    }
    throw rangeFull(name, registry);
  });
}

/** The UID that `allocateUid` would most likely find; nothing is locked or written. */
export function predictUid(name: string, owners: readonly string[], registry: Registry): number {
  const shared = uidUnderSystemd(name, registry);
  if (shared !== undefined) return shared;
  const { uids, gids } = collectIpcOwners(registry);
  for (const uid of candidates(name, owners, registry)) {
    const isOthers = registry.names.findUser(uid) || registry.names.findGroup(uid) || uids.has(uid) || gids.has(uid);
    if (isLeftTo(name, readUid(uid, registry), registry) && !isOthers) return uid;
  }
  throw rangeFull(name, registry);
}

function isLeftTo(name: string, state: UidState, { cooldownSeconds }: Registry): boolean {
  return (
    state.kind === "free" || (state.kind === "resting" && (state.name === name || state.seconds >= cooldownSeconds))
  );
}

interface Search {
  readonly name: string;
  readonly registry: Registry;
  readonly ipcOwners: () => IpcOwners;
}

/** systemd's hundred tries: owners, the name's hash, then chance; after that each UID once. */
function* candidates(name: string, owners: readonly string[], registry: Registry): Iterable<number> {
  const { first, last } = registry.range;
  const size = last - first + 1;
  for (const path of owners) {
    const uid = statusOf(path)?.uid;
    if (uid !== undefined && first <= uid && uid <= last) yield uid;
  }
  yield first + hashOfName(name, size);
  const published = once(() => publishedUids(registry));
  for (let tries = 0; tries < RANDOM_TRIES; tries++) {
    const uid = first + registry.random(size);
    if (tries < READ_TRIES || !published().has(uid)) yield uid;
  }
  yield* everyOne(registry, published());
}

/** From a random start. UIDs that were never used come first, because no file has to be read for them. */
function* everyOne(registry: Registry, published: ReadonlySet<number>): Iterable<number> {
  const { first, last } = registry.range;
  const size = last - first + 1;
  const start = registry.random(size);
  const all = Array.from({ length: size }, (_, step) => first + ((start + step) % size)).filter(
    (uid) => !published.has(uid),
  );
  const used = new Set(listUids(registry));
  yield* all.filter((uid) => !used.has(uid));
  yield* all.filter((uid) => used.has(uid));
}

const RANDOM_TRIES = 97;

/** In a range that is nearly full it is cheaper to know what is published than to read what each UID's file says. */
const READ_TRIES = 8;

/** Whether dynuser's leases leave the UID to this name. */
function isOpen(state: UidState, { name, registry }: Search): boolean {
  switch (state.kind) {
    case "free":
      return true;
    case "damaged":
      return false;
    case "resting":
      return state.name === name || state.seconds >= registry.cooldownSeconds;
    case "held":
      return isAbandoned(state, registry) && (state.entry.name === name || rest(state, registry));
  }
}

type Held = Extract<UidState, { kind: "held" }>;

/** A process was killed between the steps of a claim or a release. */
function isAbandoned({ entry }: Held, registry: Registry): boolean {
  return holdersOf(entry.name, registry).length === 0;
}

function rest({ entry }: Held, registry: Registry): boolean {
  restUid(entry, registry);
  return registry.cooldownSeconds === 0;
}

/** Checks the UID against the rest of the host and publishes it; false when it is in use. */
function take(uid: number, state: UidState, search: Search, publish: (uid: number) => void): boolean {
  const { name, registry, ipcOwners } = search;
  // what the earlier name has left and cannot be removed keeps the UID from other names
  if (lastNameOf(state, name) !== name && (hasProcesses(uid) || !clearKeyrings(uid))) return false;
  const taken = withSystemdLock(uid, registry, () => {
    withdrawLeftOver(uid, registry);
    if (registry.names.findUser(uid) || registry.names.findGroup(uid)) return false;
    if (ipcOwners().uids.has(uid) || ipcOwners().gids.has(uid)) return false;
    publish(uid);
    return true;
  });
  return taken ?? false;
}

/** The name that had the UID, which may have left processes; `name` for a UID that no name had. */
function lastNameOf(state: UidState, name: string): string {
  switch (state.kind) {
    case "held":
      return state.entry.name;
    case "resting":
      return state.name;
    default:
      return name;
  }
}

/** UIDs in cooldown are used when nothing else is left. */
function longestRested(registry: Registry): readonly number[] {
  const { first, last } = registry.range;
  const published = publishedUids(registry);
  const resting = listUids(registry).flatMap((uid) => {
    const state = first <= uid && uid <= last && !published.has(uid) ? readUid(uid, registry) : undefined;
    return state?.kind === "resting" ? [{ uid, seconds: state.seconds }] : [];
  });
  return resting.sort((a, b) => b.seconds - a.seconds).map(({ uid }) => uid);
}

function rangeFull(name: string, registry: Registry): RangeFull {
  const { first, last } = registry.range;
  // the lease of this claim is there, too
  const names = listLeases(registry).filter((lease) => lease !== name && !isStaticLease(lease));
  const size = last - first + 1;
  const held = names.length === 0 ? "" : ` (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""})`;
  return new RangeFull(
    `cannot give "${name}" a user: found all ${size} UIDs from ${first} to ${last} taken, ${names.length} by containers${held}, ` +
      `${size - names.length} by others, expected a free one`,
  );
}
