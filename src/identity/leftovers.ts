import { listDirectory } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { isHolder, listHolders, readHolder } from "./holder.ts";
import type { Holder } from "./holderRecord.ts";
import { holdersOf, leaseDirectory, listLeases, listUids, readUid } from "./lease.ts";
import type { ReleaseReason } from "./ledger.ts";
import { isLocked, withRegistryLock } from "./lock.ts";
import { type BootAndNamespace, currentBootAndNamespace, livenessOf, type ProcessId } from "./process.ts";
import { isQuarantined } from "./quarantine.ts";
import { holdersIn, leasesIn, type Registry, recordsIn, uidsIn } from "./registry.ts";

/** Something that a killed process, a killed container or a reboot left, and that nothing alive needs. */
export type Leftover =
  | { readonly kind: "container"; readonly holder: Holder; readonly why: ReleaseReason }
  /** A lease without containers, or that names some of which nothing else is known. */
  | { readonly kind: "lease"; readonly name: string }
  /** A UID without containers, or whose file cannot be read. */
  | { readonly kind: "uid"; readonly uid: number }
  /** The record of an engine's container that has no user any more. */
  | { readonly kind: "record"; readonly path: string }
  /** A file whose process was killed before it renamed it. */
  | { readonly kind: "temporary"; readonly path: string }
  /** A damaged record that was set aside. */
  | { readonly kind: "damaged"; readonly path: string }
  /** A lock file of systemd's that no process has locked. */
  | { readonly kind: "lock"; readonly uid: number };

/** The state of these containers; changes nothing. */
export function classify(ids: readonly string[], registry: Registry): readonly Classified[] {
  if (ids.length === 0) return [];
  const here = currentBootAndNamespace();
  return ids.flatMap((id) => {
    const holder = readHolder(id, registry);
    return holder === undefined ? [] : [{ holder, fate: fateOf(holder, here, registry) }];
  });
}

export interface Classified {
  readonly holder: Holder;
  readonly fate: Fate;
}

/** Everything that is lost on this host; changes nothing. What is a lost container's is not named again. */
export function findLost(registry: Registry): readonly Leftover[] {
  const containers = classify(listHolders(registry), registry).flatMap(lostContainer);
  // under the lock no claim or release is half done
  return [...containers, ...withRegistryLock(registry, () => LEFTOVER_KINDS.flatMap((find) => find(registry)))];
}

export function lostContainer({ holder, fate }: Classified): readonly Leftover[] {
  return fate.kind === "gone" ? [{ kind: "container", holder, why: fate.why }] : [];
}

/** What is lost in addition to whole containers; leases before the UIDs that they name. */
export const LEFTOVER_KINDS: readonly ((registry: Registry) => readonly Leftover[])[] = [
  (registry) => listLeases(registry).flatMap((lease) => lostLease(lease, registry)),
  (registry) => listUids(registry).flatMap((uid) => lostUid(uid, registry)),
  lostRecords,
  lostTemporaries,
  lostLocks,
  quarantined,
];

export function lostLease(name: string, registry: Registry): readonly Leftover[] {
  const ids = holdersOf(name, registry);
  const isLost =
    ids.length === 0 ? !isLocked(leaseDirectory(name, registry)) : ids.some((id) => !isHolder(id, registry));
  return isLost ? [{ kind: "lease", name }] : [];
}

export function lostUid(uid: number, registry: Registry): readonly Leftover[] {
  const state = readUid(uid, registry);
  const isLost =
    state.kind === "damaged" ||
    (state.kind === "held" && !holdersOf(state.entry.name, registry).some((id) => isHolder(id, registry)));
  return isLost ? [{ kind: "uid", uid }] : [];
}

export type Fate =
  | { readonly kind: "alive" }
  /** The claimer is gone, but the container runs: its init is known now. */
  | { readonly kind: "started"; readonly init: ProcessId }
  | { readonly kind: "gone"; readonly why: ReleaseReason };

function fateOf(holder: Holder, here: BootAndNamespace, registry: Registry): Fate {
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

function lostRecords(registry: Registry): readonly Leftover[] {
  const directory = recordsIn(registry.paths.stateDir);
  const lost = listDirectory(directory).filter((key) => !isHolder(key, registry));
  return lost.map((key) => ({ kind: "record", path: `${directory}/${key}` }));
}

/** See sys/files.ts, replaceFile. */
function lostTemporaries({ paths: { stateDir, userdb } }: Registry): readonly Leftover[] {
  const leases = listDirectory(leasesIn(stateDir)).map((lease) => `${leasesIn(stateDir)}/${lease}`);
  return [holdersIn(stateDir), uidsIn(stateDir), userdb, ...leases].flatMap((directory) =>
    listDirectory(directory).flatMap((name) => {
      const pid = /^\..*\.([0-9]+)$/.exec(name)?.[1];
      const isLost = pid !== undefined && statusOf(`/proc/${pid}`) === undefined;
      return isLost ? [{ kind: "temporary", path: `${directory}/${name}` } as const] : [];
    }),
  );
}

/** Last, so that a collection removes what it has set aside itself, after its warning. */
function quarantined({ paths: { stateDir } }: Registry): readonly Leftover[] {
  return [holdersIn(stateDir), uidsIn(stateDir)].flatMap((directory) =>
    listDirectory(directory)
      .filter(isQuarantined)
      .map((name) => ({ kind: "damaged", path: `${directory}/${name}` }) as const),
  );
}

function lostLocks(registry: Registry): readonly Leftover[] {
  const { paths, range } = registry;
  return listDirectory(paths.dynamicUids).flatMap((name) => {
    const uid = /^[0-9]+$/.test(name) ? Number(name) : -1;
    const isLost = range.first <= uid && uid <= range.last && !isLocked(`${paths.dynamicUids}/${name}`);
    return isLost ? [{ kind: "lock", uid } as const] : [];
  });
}
