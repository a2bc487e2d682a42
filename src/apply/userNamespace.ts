import type { Action } from "../action.ts";
import type { Edit, UserNamespaceEdit } from "../edit.ts";
import { UserError } from "../errors.ts";
import type { IdMapping, Linux, Mount, Spec } from "../oci/spec.ts";
import type { Plan } from "../plan.ts";

/**
 * The user namespace of the finished spec: the engine's own with our user in it, or the one that PrivateUsers= asks
 * for. To be applied after everything that chooses users and mounts.
 * @throws UserError when our user cannot be placed in the engine's namespace
 */
export function applyUserNamespace(spec: Spec, edit: UserNamespaceEdit | undefined): Spec {
  if (findUserNamespace(spec) !== undefined) return placeUser(spec);
  return edit === undefined ? spec : addUserNamespace(spec, edit);
}

/** The plan with the owners of files as the host knows them, where the engine has a user namespace. */
export function placeOnHost(plan: Plan, linux: Linux | undefined): Plan {
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

/** Files of root stay those of the host's root, and what an ID-mapped mount shows those of whom they have on disk. */
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

/** An ID that the engine's map lacks is added as itself: it is leased on the host, so nobody else has it. */
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

const IDENTITY: readonly IdMapping[] = [{ containerID: 0, hostID: 0, size: 65536 }];

function addUserNamespace(spec: Spec, { map, uids: others = [] }: UserNamespaceEdit): Spec {
  const { uids, gids } = idsOf(spec);
  const own = (ids: readonly number[]) => [...new Set([0, ...ids])].map(asItself);
  const mappings =
    map === "identity"
      ? { uidMappings: IDENTITY, gidMappings: IDENTITY }
      : { uidMappings: own([...uids, ...others]), gidMappings: own(gids) };
  const namespaces = [...(spec.linux?.namespaces ?? []), { type: "user" } as const];
  const sysctl = withoutPingGroups(spec.linux?.sysctl);
  const changed = changeLinux(spec, { ...mappings, namespaces, ...(sysctl && { sysctl }) });
  return { ...changed, mounts: (spec.mounts ?? []).map((mount) => adaptMount(mount)) };
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
 * sysfs can only be mounted by whoever owns the network namespace, and an engine's own is not the container's: the
 * host's is shown instead, read-only as engines have it. devpts cannot give terminals to a group outside of the map.
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
