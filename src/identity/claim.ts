import type { Release } from "../action.ts";
import { quote, UserError } from "../errors.ts";
import type { Identity } from "../facts.ts";
import { allocateUid, foreseeUid, RangeFull } from "./allocate.ts";
import { collect, collectSome } from "./collect.ts";
import type { RuntimeState } from "./container.ts";
import { explaining } from "./failure.ts";
import {
  type Holder,
  leasesOf,
  type Origin,
  readHolder,
  refuseBadHolderId,
  removeHolder,
  writeHolder,
} from "./holder.ts";
import { addHolder, dropLostMarkers, extendEntry, forgetUid, holdersOf, holdUid, removeMarker } from "./lease.ts";
import { noteBegin } from "./ledger.ts";
import { withLeases, withRegistryLock } from "./lock.ts";
import { examine } from "./lost.ts";
import { isUserName } from "./name.ts";
import { markProcess, type ProcessMark } from "./process.ts";
import type { Registry } from "./registry.ts";
import { release } from "./release.ts";
import { type Leased, type Resolved, type ResolvedGroup, type ResolvedUser, resolveNames } from "./resolve.ts";
import { type Entry, publish, withdraw, withdrawLeftOver } from "./userdb.ts";

export interface IdentityRequest {
  /** User= or the name derived from the unit; digits are a static user. */
  readonly name: string;
  /** Group=; the user's own group where it is absent. */
  readonly groupName?: string | undefined;
  /** DynamicUser=; otherwise user and group have to exist. */
  readonly dynamic: boolean;
  /** Directories of the service: their owners are the first candidates for the UID. */
  readonly owners: readonly string[];
  /** The container's ID, unique on the host, and the process that claims for it: until `attach` the claim ends with it. */
  readonly holder: { readonly id: string; readonly pid: number; readonly origin?: Origin | undefined };
  /** Groups that the user joins, by name or number; the host's tools show those given by name. */
  readonly supplementary: readonly string[];
}

export interface Claim {
  readonly identity: Identity;
  readonly holder: Holder;
}

/**
 * Gives the container its user; `release` with its ID gives it back. First collects what killed processes left behind.
 * @throws UserError when a name cannot be used, the ID is in use or the range is full
 */
export function claim(request: IdentityRequest, registry: Registry): Claim {
  const { id } = request.holder;
  refuseBadHolderId(id);
  return explaining(`claim a user for container ${quote(id)}`, () => claimFor(request, registry));
}

function claimFor(request: IdentityRequest, registry: Registry): Claim {
  const { id, pid } = request.holder;
  const claimer = markProcess(pid);
  if (claimer === undefined)
    throw new UserError(`cannot claim a user for container ${quote(id)}: found no process ${pid}`);
  collectSome(registry);
  releaseEarlier(id, claimer, registry);
  const claimed = claimUnderPressure(request, claimer, registry);
  noteBegin(claimed.holder, registry);
  return claimed;
}

/** What killed processes left in a full range is somebody's user too. */
function claimUnderPressure(request: IdentityRequest, claimer: ProcessMark, registry: Registry): Claim {
  try {
    return claimOnce(request, claimer, registry);
  } catch (error) {
    if (!(error instanceof RangeFull)) throw error;
    collect(registry);
    return claimOnce(request, claimer, registry);
  }
}

/** The identity that `claim` would give now; nothing is locked or written. */
export function foresee(request: IdentityRequest, registry: Registry): Identity {
  const resolved = resolveNames(request, registry);
  const { user, group } = resolved;
  const number = (part: ResolvedUser | ResolvedGroup) =>
    part.id ?? foreseeUid((part as Leased).name, request.owners, registry);
  const uid = number(user);
  const gid = group === "own" ? (user.kind === "static" ? user.gid : uid) : number(group);
  return identityOf(resolved, { uid, gid }, registry);
}

/** What a start knows before it runs the low-level runtime; recorded so that it can be undone after a crash. */
export interface Expectation {
  readonly releases?: readonly Release[];
  /** Absolute paths of cgroup directories that will hold this container and nothing else. */
  readonly cgroups?: readonly string[];
  readonly runtime?: RuntimeState;
}

/** Records what will be there, before any of it is. */
export function expectOf(id: string, expectation: Expectation, registry: Registry): void {
  changeHolder(id, registry, (holder) => ({ ...holder, ...expectation }));
}

/** See `expectOf`. */
export function recordReleases(id: string, releases: readonly Release[], registry: Registry): void {
  expectOf(id, { releases }, registry);
}

/** Hands the user from the process that claimed it to the container's init. */
export function attach(id: string, init: number, registry: Registry): void {
  const mark = markProcess(init);
  if (mark === undefined) return;
  changeHolder(id, registry, (holder) => ({ ...holder, init: mark, phase: "attached" }));
}

function changeHolder(id: string, registry: Registry, change: (holder: Holder) => Holder): void {
  const known = readHolder(id, registry);
  if (known === undefined)
    throw new UserError(`cannot record the state of container ${quote(id)}: found no lease of it`);
  const write = () => {
    const holder = readHolder(id, registry);
    if (holder !== undefined) writeHolder(change(holder), registry);
  };
  explaining(`record the state of container ${quote(id)}`, () => withLeases(leasesOf(known), registry, write));
}

/** The same container again, after a crash or a start that failed. */
function releaseEarlier(id: string, claimer: ProcessMark, registry: Registry): void {
  const [earlier] = examine([id], registry);
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
function isRepeated(earlier: Holder, claimer: ProcessMark, registry: Registry): boolean {
  const { pid, startTime } = earlier.claimer;
  const isSame = pid === claimer.pid && startTime === claimer.startTime;
  return isSame && earlier.init === undefined && registry.findInit(earlier) === "none";
}

function claimOnce(request: IdentityRequest, claimer: ProcessMark, registry: Registry): Claim {
  const names = request.dynamic ? [request.name, request.groupName ?? request.name].filter(isUserName) : [];
  return withLeases(names, registry, () => {
    for (const name of names) forgetLost(name, registry);
    const resolved = resolveNames(request, registry);
    return claimResolved(request, resolved, claimer, registry);
  });
}

/** What processes killed at the wrong moment left of the name, and its records, if nobody holds it. */
function forgetLost(name: string, registry: Registry): void {
  dropLostMarkers(name, registry);
  if (holdersOf(name, registry).length === 0) withdrawLeftOver(name, registry);
}

function claimResolved(request: IdentityRequest, resolved: Resolved, claimer: ProcessMark, registry: Registry): Claim {
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

/** The holder's file comes last: what a killed process leaves before it is held by nobody. */
function hold(
  request: IdentityRequest,
  resolved: Resolved,
  claimer: ProcessMark,
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
