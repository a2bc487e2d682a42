import { quote, UserError } from "../errors.ts";
import type { Identity } from "../model/facts.ts";
import { withContext } from "../sys/failure.ts";
import { allocateUid, predictUid, RangeFull } from "./allocate.ts";
import { collect, collectSome } from "./collect.ts";
import { isHolder, leasesOf, refuseBadHolderId, removeHolder, writeHolder } from "./holder.ts";
import type { Holder } from "./holderRecord.ts";
import { addHolder, dropLostMarkers, extendEntry, forgetUid, holdersOf, holdUid, removeMarker } from "./lease.ts";
import { noteBegin } from "./ledger.ts";
import { classify } from "./leftovers.ts";
import { withLeases, withRegistryLock } from "./lock.ts";
import { isUserName } from "./name.ts";
import { identifyProcess, type ProcessId } from "./process.ts";
import type { Registry } from "./registry.ts";
import { release } from "./release.ts";
import type { IdentityRequest } from "./request.ts";
import { type Leased, type Resolved, type ResolvedGroup, type ResolvedUser, resolveNames } from "./resolve.ts";
import { type Entry, publish, withdraw, withdrawLeftOver } from "./userdb.ts";

export interface Claim {
  readonly identity: Identity;
  readonly holder: Holder;
}

/**
 * Claims a user for the container; `release` with its ID ends the claim. Leftovers of killed processes are collected first.
 * @throws UserError when a name cannot be used, the ID is in use or the range is full
 */
export function claim(request: IdentityRequest, registry: Registry): Claim {
  const { id } = request.holder;
  refuseBadHolderId(id);
  return withContext(`claim a user for container ${quote(id)}`, () => claimFor(request, registry));
}

function claimFor(request: IdentityRequest, registry: Registry): Claim {
  const { id, pid } = request.holder;
  const claimer = identifyProcess(pid);
  if (claimer === undefined)
    throw new UserError(`cannot claim a user for container ${quote(id)}: found no process ${pid}`);
  if (registry.collectsFirst) collectSome(registry);
  releaseEarlier(id, claimer, registry);
  const claimed = claimUnderPressure(request, claimer, registry);
  noteBegin(claimed.holder, registry);
  return claimed;
}

/** In a full range the leftovers of killed processes are collected first; where there are none, it stays full. */
function claimUnderPressure(request: IdentityRequest, claimer: ProcessId, registry: Registry): Claim {
  try {
    return claimOnce(request, claimer, registry);
  } catch (error) {
    if (!(error instanceof RangeFull)) throw error;
    if (collect(registry).length === 0) throw error;
    return claimOnce(request, claimer, registry);
  }
}

/** The identity that `claim` would give now; nothing is locked or written. */
export function predictIdentity(request: IdentityRequest, registry: Registry): Identity {
  const resolved = resolveNames(request, registry);
  const { user, group } = resolved;
  const number = (part: ResolvedUser | ResolvedGroup) =>
    part.id ?? predictUid((part as Leased).name, request.owners, registry);
  const uid = number(user);
  const gid = group === "own" ? (user.kind === "static" ? user.gid : uid) : number(group);
  return identityOf(resolved, { uid, gid }, registry);
}

/** Releases an earlier container of the same ID, after a crash or a failed start. */
function releaseEarlier(id: string, claimer: ProcessId, registry: Registry): void {
  const [earlier] = classify([id], registry);
  if (earlier === undefined) return;
  const { holder, fate } = earlier;
  if (fate.kind !== "gone" && !isRepeated(holder, claimer, registry)) {
    const { pid } = fate.kind === "started" ? fate.init : (holder.init ?? holder.claimer);
    throw new UserError(
      `cannot claim a user for container ${quote(id)}: found one of that ID, PID ${pid}, expected a new ID`,
    );
  }
  release(id, registry);
}

/** An engine that lives on, as podman's service does, starts a container again whose start has failed. */
function isRepeated(earlier: Holder, claimer: ProcessId, registry: Registry): boolean {
  const { pid, startTime } = earlier.claimer;
  const isSame = pid === claimer.pid && startTime === claimer.startTime;
  return isSame && earlier.init === undefined && registry.findInit(earlier) === "none";
}

function claimOnce(request: IdentityRequest, claimer: ProcessId, registry: Registry): Claim {
  const { dynamic, name: user, groupName: group = user } = request;
  const names = dynamic ? [...new Set([user, group])].filter(isUserName) : [];
  const claimLocked = () => {
    const unheld = names.filter((name) => !isLeased(name, registry));
    const resolved = resolveNames(request, registry, unheld);
    return claimResolved(request, resolved, claimer, registry);
  };
  return withLeases(names, registry, claimLocked, ({ holder }) =>
    names.every((name) => leasesOf(holder).includes(name)),
  );
}

/** Whether the name has a holder. Of one that has none, what a killed process left is removed, its records too. */
function isLeased(name: string, registry: Registry): boolean {
  const holders = holdersOf(name, registry);
  if (holders.some((id) => isHolder(id, registry)) || dropLostMarkers(name, registry, holders).left > 0) return true;
  withdrawLeftOver(name, registry);
  return false;
}

function claimResolved(request: IdentityRequest, resolved: Resolved, claimer: ProcessId, registry: Registry): Claim {
  const { user } = resolved;
  const statics = user.kind === "static" ? [leaseOf(user)] : [];
  return withLeases(statics, registry, () =>
    withRegistryLock(registry, () => {
      const made: Entry[] = [];
      try {
        const holder = hold(request, resolved, claimer, made, registry);
        return { identity: identityOf(resolved, holder, registry), holder };
      } catch (error) {
        undo(request.holder.id, resolved, made, registry);
        throw error;
      }
    }),
  );
}

/** A static user's containers share its IPC objects and directories as those of a leased one do. */
function leaseOf(user: ResolvedUser): string {
  return user.kind === "static" ? `static=${user.id}` : user.name;
}

/** The holder's file is written last: whatever a killed process leaves before that has no holder. */
export function hold(
  request: IdentityRequest,
  resolved: Resolved,
  claimer: ProcessId,
  made: Entry[],
  registry: Registry,
): Holder {
  const { user, group } = resolved;
  const { id, origin } = request.holder;
  const lease = leaseOf(user);
  const uid = numberOf(user, request, made, registry);
  // before the group's search, to which a UID without a holder is one that a killed process left
  addHolder(lease, id, uid, registry);
  const gid = group === "own" ? (user.kind === "static" ? user.gid : uid) : numberOf(group, request, made, registry);
  const hasGroupLease = group !== "own" && group.kind === "leased";
  if (hasGroupLease) addHolder(group.name, id, gid, registry);
  const holder: Holder = {
    id,
    lease,
    ...(hasGroupLease ? { groupLease: group.name } : {}),
    name: resolved.name,
    groupName: resolved.groupName,
    uid,
    gid,
    phase: "claimed",
    claimer,
    cgroups: [],
    releases: [],
    createdAt: new Date().toISOString(),
    ...(origin && { origin }),
  };
  writeHolder(holder, registry);
  return holder;
}

function numberOf(
  part: ResolvedUser | ResolvedGroup,
  request: IdentityRequest,
  made: Entry[],
  registry: Registry,
): number {
  if (part.kind === "static") return part.id;
  const { name } = part;
  const memberOf = name === request.name ? request.supplementary : [];
  if (part.id !== undefined) {
    extendEntry(part.id, memberOf, registry);
    return part.id;
  }
  return allocateUid(name, request.owners, registry, (uid) => {
    const entry: Entry = { name, uid, memberOf };
    made.push(entry);
    holdUid(entry, registry);
    publish(entry, registry);
  });
}

function undo(id: string, { user }: Resolved, made: readonly Entry[], registry: Registry): void {
  removeHolder(id, registry);
  removeMarker(leaseOf(user), id, registry);
  for (const entry of made) {
    removeMarker(entry.name, id, registry);
    withdraw(entry, registry);
    forgetUid(entry.uid, registry);
  }
}

function identityOf(resolved: Resolved, holder: Pick<Holder, "uid" | "gid">, registry: Registry): Identity {
  const { name, groupName, user, group } = resolved;
  const { uid, gid } = holder;
  const leased = user.kind === "leased";
  const groupLeased = group === "own" ? leased : group.kind === "leased";
  // initgroups(3) only for others than root's group (src/core/exec-invoke.c, get_supplementary_groups)
  const groups = gid === 0 ? [gid] : registry.names.groupsOf(name, gid);
  return { name, groupName, uid, gid, leased, groupLeased, groups, ...(user.kind === "static" ? user.login : {}) };
}
