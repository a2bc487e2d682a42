import { listDirectory, statusOf } from "../sys/files.ts";
import { type Holder, isHolder, listHolders, readHolder } from "./holder.ts";
import { holdersOf, leaseDirectory, listLeases, listUids, readUid } from "./lease.ts";
import type { Why } from "./ledger.ts";
import { isLocked, withRegistryLock } from "./lock.ts";
import { livenessOf, lookAround, type ProcessMark, type Surroundings } from "./process.ts";
import { holdersIn, leasesIn, type Registry, recordsIn, uidsIn } from "./registry.ts";

/** Something that a killed process, a killed container or a reboot left, and that nobody who lives needs. */
export type Lost =
  | { readonly kind: "container"; readonly holder: Holder; readonly why: Why }
  /** A lease without containers, or that names some of which nothing else is known. */
  | { readonly kind: "lease"; readonly name: string }
  /** A UID without containers, or whose file cannot be read. */
  | { readonly kind: "uid"; readonly uid: number }
  /** What was kept for an engine's container that has no user any more. */
  | { readonly kind: "record"; readonly path: string }
  /** A file whose process was killed before it renamed it. */
  | { readonly kind: "temporary"; readonly path: string }
  /** A file of systemd's that nobody has locked. */
  | { readonly kind: "lock"; readonly uid: number };

/** What became of these containers; changes nothing. */
export function examine(ids: readonly string[], registry: Registry): readonly Examined[] {
  if (ids.length === 0) return [];
  const here = lookAround();
  return ids.flatMap((id) => {
    const holder = readHolder(id, registry);
    return holder === undefined ? [] : [{ holder, fate: fateOf(holder, here, registry) }];
  });
}

export interface Examined {
  readonly holder: Holder;
  readonly fate: Fate;
}

/** Everything that is lost on this host; changes nothing. What is a lost container's is not named again. */
export function findLost(registry: Registry): readonly Lost[] {
  const containers = examine(listHolders(registry), registry).flatMap(lostContainer);
  // nobody is in the middle of a claim or a release then
  return [...containers, ...withRegistryLock(registry, () => REMAINS.flatMap((find) => find(registry)))];
}

export function lostContainer({ holder, fate }: Examined): readonly Lost[] {
  return fate.kind === "gone" ? [{ kind: "container", holder, why: fate.why }] : [];
}

/** What is lost besides whole containers; leases before the UIDs that they name. */
export const REMAINS: readonly ((registry: Registry) => readonly Lost[])[] = [
  (registry) => listLeases(registry).flatMap((lease) => lostLease(lease, registry)),
  (registry) => listUids(registry).flatMap((uid) => lostUid(uid, registry)),
  lostRecords,
  lostTemporaries,
  lostLocks,
];

export function lostLease(name: string, registry: Registry): readonly Lost[] {
  const ids = holdersOf(name, registry);
  const isLost =
    ids.length === 0 ? !isLocked(leaseDirectory(name, registry)) : ids.some((id) => !isHolder(id, registry));
  return isLost ? [{ kind: "lease", name }] : [];
}

export function lostUid(uid: number, registry: Registry): readonly Lost[] {
  const state = readUid(uid, registry);
  const isLost =
    state.kind === "damaged" ||
    (state.kind === "held" && !holdersOf(state.entry.name, registry).some((id) => isHolder(id, registry)));
  return isLost ? [{ kind: "uid", uid }] : [];
}

export type Fate =
  | { readonly kind: "alive" }
  /** The claimer is gone, but the container runs: its init is known now. */
  | { readonly kind: "started"; readonly init: ProcessMark }
  | { readonly kind: "gone"; readonly why: Why };

function fateOf(holder: Holder, here: Surroundings, registry: Registry): Fate {
  const liveness = livenessOf(holder.init ?? holder.claimer, here);
  if (liveness === "earlierBoot") return { kind: "gone", why: "reboot" };
  if (holder.phase === "releasing" || (liveness === "gone" && holder.phase === "attached")) return COLLECTED;
  if (liveness === "running") return { kind: "alive" };
  // The claimer of a container ends when its init runs: its runtime knows whether it does.
  const init = registry.findInit(holder);
  if (init === "none") return COLLECTED;
  return init === "unknown" ? { kind: "alive" } : { kind: "started", init };
}

const COLLECTED: Fate = { kind: "gone", why: "collected" };

function lostRecords(registry: Registry): readonly Lost[] {
  const directory = recordsIn(registry.places.own);
  const lost = listDirectory(directory).filter((key) => !isHolder(key, registry));
  return lost.map((key) => ({ kind: "record", path: `${directory}/${key}` }));
}

/** See sys/files.ts, replaceFile. */
function lostTemporaries({ places: { own, userdb } }: Registry): readonly Lost[] {
  const leases = listDirectory(leasesIn(own)).map((lease) => `${leasesIn(own)}/${lease}`);
  return [holdersIn(own), uidsIn(own), userdb, ...leases].flatMap((directory) =>
    listDirectory(directory).flatMap((name) => {
      const pid = /^\..*\.([0-9]+)$/.exec(name)?.[1];
      const isLost = pid !== undefined && statusOf(`/proc/${pid}`) === undefined;
      return isLost ? [{ kind: "temporary", path: `${directory}/${name}` } as const] : [];
    }),
  );
}

function lostLocks(registry: Registry): readonly Lost[] {
  const { places, range } = registry;
  return listDirectory(places.dynamicUids).flatMap((name) => {
    const uid = /^[0-9]+$/.test(name) ? Number(name) : -1;
    const isLost = range.first <= uid && uid <= range.last && !isLocked(`${places.dynamicUids}/${name}`);
    return isLost ? [{ kind: "lock", uid } as const] : [];
  });
}
