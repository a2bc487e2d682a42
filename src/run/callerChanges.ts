import { isBelow } from "../apply/mounts/mountState.ts";
import { BindPaths, BindReadOnlyPaths } from "../directives/bindPaths.ts";
import { DeviceAllow, DevicePolicy, PrivateDevices } from "../directives/devices.ts";
import { PrivatePIDs } from "../directives/namespaces.ts";
import { ProcSubset, ProtectProc } from "../directives/procFileSystem.ts";
import { ProtectHome } from "../directives/protectHome.ts";
import { Group, SupplementaryGroups, User } from "../directives/user.ts";
import { quote, UserError } from "../errors.ts";
import { readMountTable } from "../host/mountTable.ts";
import type { Context, Service } from "../model/directive.ts";
import type { Change, PathEdit, UserNamespaceEdit } from "../model/edit.ts";
import type { Facts, RuntimeFacts } from "../model/facts.ts";
import { NOBODY_ID } from "../model/nobody.ts";
import type { Owned } from "../model/plan.ts";
import type { Setting } from "../settings/setting.ts";
import { type Caller, hasOneId } from "../start/caller.ts";
import { addNames, NAME_FILE_LIMIT } from "../start/nameFiles.ts";
import { choosesUser } from "../start/pipeline.ts";
import { statusOf } from "../sys/files/status.ts";
import { boundDevices } from "./host/privateDevices.ts";
import type { RunRequest, Workspaces } from "./request/request.ts";

/** Which ID a service has towards the kernel and on disk. */
export interface Sharing {
  readonly caller: Caller;
  /** That of another user, shown as the service's user; undefined for an ID of the service alone. */
  readonly shared: Owner | undefined;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Root of dynuser's user namespace. */
const CALLER: Owner = { uid: 0, gid: 0 };

/**
 * A service has an ID that no other user has, where there is one. It has the caller's where there is none, and where it is the
 * caller itself (DynamicUser=no). For a workspace whose files cannot be shown with other owners it has the owner's: only
 * the owner can change them.
 */
export function sharingOf(caller: Caller, service: Service, facts: Facts, workspaces: Workspaces): Sharing {
  const [workspace] = workspaces.paths;
  const isCallerItself = hasOwnPlaces(caller) && !isDynamicUser(service);
  if (caller.kind === "user" && (hasOneId(caller) || isCallerItself)) return { caller, shared: CALLER };
  if (workspace === undefined || (!workspaces.isDiscarded && canShow(workspace, facts)))
    return { caller, shared: undefined };
  return { caller, shared: ownerOf(workspace, caller, facts) };
}

function canShow(workspace: string, { runtime, canMapIds }: Facts): boolean {
  return runtime.idMappedMounts && canMapIds(workspace);
}

/** Root's ID is not shared; what belongs to an ID that is not mapped the caller can at least read. */
function ownerOf(workspace: string, { kind }: Caller, { host }: Facts): Owner | undefined {
  const { uid, gid, type } = host.look(workspace);
  if (type !== "directory") return undefined;
  if (kind === "root") return uid === 0 ? undefined : { uid, gid };
  return uid === NOBODY_ID ? CALLER : { uid, gid: gid === NOBODY_ID ? CALLER.gid : gid };
}

/** An ordinary user; root of a container keeps files where root does, and is root in its services. */
function hasOwnPlaces({ bases }: Caller): boolean {
  return bases !== undefined;
}

function isDynamicUser(service: Service): boolean {
  return choosesUser(service) && service.get(User) === undefined;
}

/**
 * Settings that the others override. A command of a user without root has a PID namespace, with which the kernel ends
 * whatever is left of it: the user may make no cgroup to find that by.
 */
export function callerDefaults({ kind }: Caller, { argv, unit }: RunRequest): readonly Setting[] {
  if (kind !== "user" || argv.length === 0 || unit !== undefined) return [];
  return [...(showsAllOfProc() ? ["PrivatePIDs"] : []), "PrivateIPC"].map((name) => ({
    name,
    value: "yes",
    place: "dynuser run",
    lenient: false,
  }));
}

/** The kernel lets a user namespace mount no /proc of which engines hide parts (mount_too_revealing() in fs/namespace.c). */
function showsAllOfProc(): boolean {
  return readMountTable().every(({ path }) => !path.startsWith("/proc/") || path === "/proc/sys/fs/binfmt_misc");
}

/** @throws UserError for a user that only root can run as */
export function callerChanges({ caller, shared }: Sharing, context: Context): readonly Owned<Change>[] {
  if (hasOwnPlaces(caller)) refuseForeignUsers(caller, context);
  if (caller.kind === "user") refuseHiddenProc(context);
  if (caller.kind === "user") refusePartialBinds(context);
  if (context.spec.linux?.cgroupsPath === undefined) refuseDeviceRules(context);
  const hidden = shared === undefined ? closedPlaces(caller) : hidePlaces(shared, caller, context);
  const devices = !caller.hasDevices && context.service.get(PrivateDevices) === true ? boundDevices() : [];
  const names = caller.kind === "user" ? nameChanges(context) : [];
  const user = shared === undefined ? [] : asCaller(caller, context);
  return [...user, ...hidden, ...devices, ...names].map((item) => ({ owner: "dynuser run", item }));
}

/**
 * A cgroup has the rules of devices. In a private /dev there are no others to rule out.
 * @throws UserError
 */
function refuseDeviceRules({ service }: Context): void {
  const isPolicy = (service.get(DevicePolicy) ?? "auto") !== "auto";
  const wanted = isPolicy ? DevicePolicy.name : service.get(DeviceAllow) === undefined ? undefined : DeviceAllow.name;
  if (wanted === undefined || service.get(PrivateDevices) === true) return;
  throw new UserError(
    `cannot honour ${wanted}=: found no control group that this user may change, expected PrivateDevices=yes, or root (sudo dynuser run)`,
  );
}

/** @throws UserError for settings that need a new /proc where the kernel allows none */
function refuseHiddenProc({ service }: Context): void {
  const isWanted =
    service.get(PrivatePIDs) === "yes" ? "PrivatePIDs" : changesProc(service) ? "ProtectProc" : undefined;
  if (isWanted === undefined || showsAllOfProc()) return;
  throw new UserError(
    `cannot honour ${isWanted}=: found parts of /proc hidden, as in a container, where the kernel allows no other one, expected podman run --security-opt unmask=ALL, or -p PrivatePIDs=no -p ProtectProc=default`,
  );
}

/**
 * A user namespace may leave out no mount below a bound directory: that would reveal what the mount covers (has_locked_children()
 * in fs/namespace.c).
 * @throws UserError
 */
function refusePartialBinds({ service, facts: { host } }: Context): void {
  const bound = [BindPaths, BindReadOnlyPaths].flatMap(
    (directive) => service.get(directive)?.map((one) => ({ ...one, name: directive.name })) ?? [],
  );
  for (const { name, source } of bound.filter(({ recursive }) => !recursive)) {
    const below = host.submounts.find(({ path }) => isBelow(path, host.look(source).path));
    if (below === undefined) continue;
    throw new UserError(
      `cannot honour ${name}=${source}: found a mount below it, ${quote(below.path)}, that a user namespace may not leave out, expected rbind instead of norbind, or root (sudo dynuser run)`,
    );
  }
}

function changesProc(service: Service): boolean {
  return (service.get(ProtectProc) ?? "default") !== "default" || service.get(ProcSubset) === "pid";
}

/** @throws UserError where the runtime needs IDs that are not there */
export function refuseOneId(caller: Caller, { name, version }: RuntimeFacts): void {
  if (!hasOneId(caller) || name !== "runc") return;
  const { user } = caller;
  throw new UserError(
    `cannot run as ${user.name} with runc ${version}: found no subordinate IDs, expected some (sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.name}), or crun`,
  );
}

/** Undefined where the service's ID is one of dynuser's own user namespace. */
export function userNamespaceOf({ caller: { ids }, shared }: Sharing): UserNamespaceEdit | undefined {
  return shared && { kind: "userNamespace", map: "shared", ids, shared };
}

function* asCaller(caller: Caller, { identity }: Context): Iterable<Change> {
  if (identity !== undefined || !hasOwnPlaces(caller)) return;
  const { uid, gid, name, home } = caller.user;
  yield { kind: "user", uid, gid, additionalGids: [] };
  yield { kind: "capabilities", onlyAmbient: true };
  yield { kind: "environment", layer: "login", variables: { USER: name, LOGNAME: name, HOME: home } };
}

/** Places that a subordinate ID cannot enter anyway are empty, so that the service's own directories can be shown in them. */
function closedPlaces({ kind, bases, user: { home } }: Caller): readonly PathEdit[] {
  if (kind === "root") return [];
  const isClosed = (path: string) => ((statusOf(path)?.mode ?? 0) & 0o001) === 0;
  return [home, ...runtimeDirectoryOf(bases)].filter((path) => path !== "/" && isClosed(path)).map(emptied);
}

/** The host's files of users and groups with the service's user, which the host cannot show. */
function nameChanges({ identity, scope, facts }: Context): readonly Change[] {
  if (identity?.leased !== true || !facts.rootfs.isHost) return [];
  const read = (path: string) => facts.host.read(path, NAME_FILE_LIMIT) ?? "";
  const content = addNames({ passwd: read("/etc/passwd"), group: read("/etc/group") }, identity);
  const directory = `${scope.own}/names/${scope.containerId}`;
  const changes = (["passwd", "group"] as const).flatMap((name): readonly Change[] => {
    const source = `${directory}/${name}`;
    const flags = { readOnly: true, noSuid: true, noDevices: true } as const;
    return [
      { kind: "file", path: source, content: content[name], mode: 0o644, owner: { uid: 0, gid: 0 } },
      { kind: "path", path: `/etc/${name}`, access: "bind", source, ...flags },
    ];
  });
  return [...changes, { kind: "remove", path: directory, links: [] }];
}

/**
 * Where another user's ID opens everything: sockets in the runtime directory, by which that user's service manager would
 * start programs outside of the sandbox, and, for a dynamic user, the homes, unless the settings say what it sees of them.
 */
function hidePlaces({ uid }: Owner, { bases }: Caller, { service, identity }: Context): readonly PathEdit[] {
  const isImplied = identity?.leased === true && service.impliedBy(ProtectHome) !== undefined;
  const homes = isImplied ? ["/home", "/root", "/run/user"] : [`/run/user/${uid}`];
  return [...homes, ...runtimeDirectoryOf(bases)].map(emptied);
}

function runtimeDirectoryOf(bases: Caller["bases"]): readonly string[] {
  return bases === undefined ? [] : [bases.get("/run")!];
}

function emptied(path: string): PathEdit {
  const options = ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"];
  return { kind: "path", path, access: "emptyDirectory", optional: true, noDevices: true, options };
}

function refuseForeignUsers({ user }: Caller, { service, identity }: Context): void {
  const wanted = service.get(User);
  if (identity !== undefined && !identity.leased && identity.uid !== user.uid) {
    throw new UserError(
      `cannot honour User=${wanted}: found user ${quote(user.name)} without root, expected no User=, or sudo dynuser run`,
    );
  }
  const hasGroups = (service.get(SupplementaryGroups) ?? []).length > 0;
  const hasGroup = service.get(Group) !== undefined && identity?.leased !== true;
  if (!hasGroups && !hasGroup) return;
  throw new UserError(
    `cannot honour ${hasGroups ? "SupplementaryGroups" : "Group"}=: found user ${quote(user.name)} without root, expected none, or sudo dynuser run`,
  );
}
