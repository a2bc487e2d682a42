import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { makeDirectory, statusOf } from "../sys/files.ts";
import { gatherIpcOwners, type IpcOwners } from "./ipc.ts";
import { holdersOf, listUids, readUid, restUid, type UidState } from "./lease.ts";
import { withPasswordLock, withSystemdLock } from "./lock.ts";
import { hashOfName } from "./name.ts";
import { hasProcesses } from "./processes.ts";
import type { Registry } from "./registry.ts";
import { withdrawLeftOver } from "./userdb.ts";

/** Every UID of the range is taken. */
export class RangeFull extends UserError {}

/**
 * Finds a UID for a name by systemd's rules (src/core/dynamic-user.c, pick_uid) and runs `publish` while systemd can
 * neither pick it nor anybody add a user. Unlike systemd it also finds the last free one of a nearly full range.
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
  for (const path of [dirname(registry.places.dynamicUids), registry.places.dynamicUids]) makeDirectory(path, 0o755);
  return withPasswordLock(registry, () => {
    const search: Search = { name, registry, ipcOwners: lazily(() => gatherIpcOwners(registry)) };
    for (const uid of candidates(name, owners, registry)) {
      if (isOpen(uid, search) && take(uid, search, publish)) return uid;
    }
    for (const uid of longestRested(registry)) {
      if (take(uid, search, publish)) return uid;
    }
    throw rangeFull(name, registry);
  });
}

/** The UID that `allocateUid` would most likely find; nothing is locked or written. */
export function foreseeUid(name: string, owners: readonly string[], registry: Registry): number {
  const { uids, gids } = gatherIpcOwners(registry);
  for (const uid of candidates(name, owners, registry)) {
    const isOthers = registry.names.findUser(uid) || registry.names.findGroup(uid) || uids.has(uid) || gids.has(uid);
    if (isLeftTo(name, readUid(uid, registry), registry) && !isOthers) return uid;
  }
  throw rangeFull(name, registry);
}

function isLeftTo(name: string, state: UidState, { restSeconds }: Registry): boolean {
  return state.kind === "free" || (state.kind === "resting" && (state.name === name || state.seconds >= restSeconds));
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
  for (let tries = 0; tries < RANDOM_TRIES; tries++) yield first + registry.random(size);
  yield* everyOne(registry);
}

/** From a random start; those first that were never given out, as nothing has to be read for them. */
function* everyOne(registry: Registry): Iterable<number> {
  const { first, last } = registry.range;
  const size = last - first + 1;
  const start = registry.random(size);
  const all = Array.from({ length: size }, (_, step) => first + ((start + step) % size));
  const used = new Set(listUids(registry));
  yield* all.filter((uid) => !used.has(uid));
  yield* all.filter((uid) => used.has(uid));
}

const RANDOM_TRIES = 97;

/** Whether our own leases leave the UID to this name. */
function isOpen(uid: number, { name, registry }: Search): boolean {
  const state = readUid(uid, registry);
  switch (state.kind) {
    case "free":
      return true;
    case "damaged":
      return false;
    case "resting":
      return state.name === name || state.seconds >= registry.restSeconds;
    case "held":
      return isAbandoned(state, registry) && (state.entry.name === name || rest(state, registry));
  }
}

type Held = Extract<UidState, { kind: "held" }>;

/** A killed process left it between the steps of a claim or a release. */
function isAbandoned({ entry }: Held, registry: Registry): boolean {
  return holdersOf(entry.name, registry).length === 0;
}

function rest({ entry }: Held, registry: Registry): boolean {
  restUid(entry, registry);
  return registry.restSeconds === 0;
}

/** Checks the UID against everybody else on the host and publishes it; false when somebody has it. */
function take(uid: number, search: Search, publish: (uid: number) => void): boolean {
  const { name, registry, ipcOwners } = search;
  const state = readUid(uid, registry);
  if (state.kind === "resting" && state.name !== name && hasProcesses(uid)) return false;
  const taken = withSystemdLock(uid, registry, () => {
    withdrawLeftOver(uid, registry);
    if (registry.names.findUser(uid) || registry.names.findGroup(uid)) return false;
    if (ipcOwners().uids.has(uid) || ipcOwners().gids.has(uid)) return false;
    publish(uid);
    return true;
  });
  return taken ?? false;
}

/** Resting UIDs, for when nothing else is left. */
function longestRested(registry: Registry): readonly number[] {
  const { first, last } = registry.range;
  const resting = listUids(registry).flatMap((uid) => {
    const state = first <= uid && uid <= last ? readUid(uid, registry) : undefined;
    return state?.kind === "resting" ? [{ uid, seconds: state.seconds }] : [];
  });
  return resting.sort((a, b) => b.seconds - a.seconds).map(({ uid }) => uid);
}

function rangeFull(name: string, registry: Registry): RangeFull {
  const { first, last } = registry.range;
  const states = listUids(registry).map((uid) => readUid(uid, registry));
  const names = states.flatMap((state) => (state.kind === "held" ? [state.entry.name] : []));
  const size = last - first + 1;
  const held = names.length === 0 ? "" : ` (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""})`;
  return new RangeFull(
    `cannot give "${name}" a user: found all ${size} UIDs from ${first} to ${last} taken, ${names.length} by containers${held}, ` +
      `${size - names.length} by others, expected a free one`,
  );
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
