import { UserError } from "../errors.ts";
import type { Action } from "../model/action.ts";
import type { Edit, IdRange, OwnIds, UserNamespaceEdit } from "../model/edit.ts";
import type { Facts } from "../model/facts.ts";
import type { Plan } from "../model/plan.ts";
import type { IdMapping, Linux, Mount, Spec } from "../oci/spec.ts";
import { bindSubmounts } from "./mounts/recursiveBinds.ts";

/**
 * The user namespace of the finished spec: the engine's own with our user in it, or the one that PrivateUsers= asks
 * for. To be applied after everything that chooses users and mounts.
 * @throws UserError when our user cannot be placed in the engine's namespace
 */
export function applyUserNamespace(spec: Spec, edit: UserNamespaceEdit | undefined, facts: Facts): Spec {
  if (findUserNamespace(spec) !== undefined) return placeUser(spec);
  return edit === undefined ? spec : addUserNamespace(spec, edit, facts);
}

/** The plan with the owners of files as dynuser knows them, where the container has a user namespace. */
export function mapOwnersToHost(plan: Plan, linux: Linux | undefined): Plan {
  const { uidMappings, gidMappings } = linux ?? {};
  if (uidMappings === undefined && gidMappings === undefined) return plan;
  // What the map lacks is going to be added as itself.
  const place = ({ uid, gid }: Owner): Owner => ({
    uid: hostId(uid, uidMappings) ?? uid,
    gid: hostId(gid, gidMappings) ?? gid,
  });
  return {
    ...plan,
    actions: plan.actions.map((owned) => ({ ...owned, item: placeAction(owned.item, place) })),
    edits: plan.edits.map((owned) => ({ ...owned, item: placeEdit(owned.item, place) })),
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Files of root stay those of the host's root, and files shown by an ID-mapped mount keep their owner on disk. */
function placeAction(action: Action, place: (owner: Owner) => Owner): Action {
  if ("ownership" in action && action.ownership === "mapped") return action;
  if (!("owner" in action) || action.owner === undefined || action.owner.uid === 0) return action;
  return { ...action, owner: place(action.owner) };
}

function placeEdit(edit: Edit, place: (owner: Owner) => Owner): Edit {
  if (edit.kind !== "path" || edit.idMap === undefined) return edit;
  const { disk, shown, groups = [] } = edit.idMap;
  const placed = groups.map((group) => ({ ...group, shown: place({ uid: 0, gid: group.shown }).gid }));
  return { ...edit, idMap: { disk, shown: place(shown), ...(placed.length > 0 && { groups: placed }) } };
}

/** An ID of the container → the same one on the host, by which the kernel knows files and processes. */
export function hostId(id: number, mappings: readonly IdMapping[] | undefined): number | undefined {
  if (mappings === undefined) return id;
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range && range.hostID + id - range.containerID;
}

function findUserNamespace(spec: Spec) {
  return spec.linux?.namespaces?.find(({ type }) => type === "user");
}

/** An ID that the engine's map lacks is added as itself: it is leased on the host, so no other process has it. */
function placeUser(spec: Spec): Spec {
  const { uids, gids } = idsOf(spec);
  const { uidMappings = [], gidMappings = [] } = spec.linux!;
  const missing = { uids: lacking(uids, uidMappings), gids: lacking(gids, gidMappings) };
  if (missing.uids.length + missing.gids.length === 0) return spec;
  refuseForeignNamespace(spec, missing.uids[0] ?? missing.gids[0]!);
  return changeLinux(spec, {
    uidMappings: [...uidMappings, ...missing.uids.map(asItself)],
    gidMappings: [...gidMappings, ...missing.gids.map(asItself)],
  });
}

function refuseForeignNamespace(spec: Spec, id: number): void {
  const path = findUserNamespace(spec)?.path;
  if (path === undefined) return;
  throw new UserError(
    `cannot run as ID ${id}: the container joins the user namespace ${path}, whose map lacks it, expected one that has it (--userns=auto:size=65536)`,
  );
}

function lacking(ids: readonly number[], mappings: readonly IdMapping[]): readonly number[] {
  return ids.filter((id) => hostId(id, mappings) === undefined);
}

/** Number of IDs of an identity map; 2^32-1 itself is no ID. */
const IDENTITY_SIZES = { identity: 65_536, full: 4_294_967_295 } as const;

function addUserNamespace(spec: Spec, edit: UserNamespaceEdit, facts: Facts): Spec {
  const mappings = mapsOf(edit, spec);
  const namespaces = [...(spec.linux?.namespaces ?? []), { type: "user" } as const];
  const sysctl = withoutPingGroups(spec.linux?.sysctl);
  const changed = changeLinux(spec, { ...mappings, namespaces, ...(sysctl && { sysctl }) });
  return { ...changed, mounts: bindSubmounts((spec.mounts ?? []).map(adaptMount), facts) };
}

function mapsOf(edit: UserNamespaceEdit, spec: Spec): Maps {
  const { uids, gids } = idsOf(spec);
  const own = (ids: readonly number[]) => [...new Set([0, ...ids])].map(asItself);
  switch (edit.map) {
    case "self":
      return { uidMappings: own([...uids, ...(edit.uids ?? [])]), gidMappings: own(gids) };
    case "shared":
      return sharingMaps(edit, { uid: uids[0]!, gid: gids[0]! });
    default:
      return { uidMappings: [identity(edit.map)], gidMappings: [identity(edit.map)] };
  }
}

type Maps = Required<Pick<Linux, "uidMappings" | "gidMappings">>;

/** The shared ID changes places with the container's user, as each ID may be in a map once (user_namespaces(7)). */
export function sharingMaps({ ids = ONE_ID, shared = ROOT }: UserNamespaceEdit, { uid, gid }: Owner): Maps {
  return { uidMappings: swapped(uid, shared.uid, ids.uids), gidMappings: swapped(gid, shared.gid, ids.gids) };
}

const ROOT: Owner = { uid: 0, gid: 0 };
const ONE_ID: OwnIds = { uids: [{ first: 0, count: 1 }], gids: [{ first: 0, count: 1 }] };

/**
 * Identity, but for `inside`, which is `outside` in dynuser's namespace, and the other way round. What crosses two ranges of
 * that namespace would be refused (map_write() in kernel/user_namespace.c).
 */
function swapped(inside: number, outside: number, ranges: readonly IdRange[]): readonly IdMapping[] {
  if (inside === outside) return ranges.map(({ first, count }) => asThemselves(first, count));
  const [low, high] = [Math.min(inside, outside), Math.max(inside, outside)];
  const others = ranges.flatMap(({ first, count }) => {
    const end = first + count;
    const parts = [
      { from: first, to: Math.min(low, end) },
      { from: Math.max(low + 1, first), to: Math.min(high, end) },
      { from: Math.max(high + 1, first), to: end },
    ];
    return parts.filter(({ from, to }) => to > from).map(({ from, to }) => asThemselves(from, to - from));
  });
  const hasInside = ranges.some(({ first, count }) => inside >= first && inside < first + count);
  const swap = { containerID: inside, hostID: outside, size: 1 };
  const back = hasInside ? [{ containerID: outside, hostID: inside, size: 1 }] : [];
  return [...others, swap, ...back].sort((a, b) => a.containerID - b.containerID);
}

function asThemselves(first: number, size: number): IdMapping {
  return { containerID: first, hostID: first, size };
}

function identity(map: keyof typeof IDENTITY_SIZES): IdMapping {
  return { containerID: 0, hostID: 0, size: IDENTITY_SIZES[map] };
}

function idsOf(spec: Spec): { readonly uids: readonly number[]; readonly gids: readonly number[] } {
  const { uid = 0, gid = 0, additionalGids = [] } = spec.process?.user ?? {};
  return { uids: [uid], gids: [...new Set([gid, ...additionalGids])] };
}

function asItself(id: number): IdMapping {
  return { containerID: id, hostID: id, size: 1 };
}

/** podman's default names groups that the map does not have (EINVAL when it is written). */
function withoutPingGroups(sysctl: Linux["sysctl"]): Linux["sysctl"] | undefined {
  return sysctl && Object.fromEntries(Object.entries(sysctl).filter(([name]) => name !== "net.ipv4.ping_group_range"));
}

/**
 * sysfs can only be mounted with rights over the network namespace, and the engine's belongs to another user namespace:
 * the host's is shown instead, read-only as engines have it. devpts cannot give terminals to a group outside of the map.
 */
function adaptMount(mount: Mount): Mount {
  const { destination, options = [] } = mount;
  switch (mount.type) {
    case "sysfs":
      return { destination, type: "bind", source: "/sys", options: ["rbind", "rnosuid", "rnoexec", "rnodev", "rro"] };
    case "devpts":
      return { ...mount, options: options.filter((option) => !option.startsWith("gid=")) };
    default:
      return mount;
  }
}

function changeLinux(spec: Spec, changes: Linux): Spec {
  return { ...spec, linux: { ...spec.linux, ...changes } };
}
