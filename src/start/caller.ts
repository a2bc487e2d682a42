import { SYSTEMD_RANGE } from "../identity/registry.ts";
import type { IdRange, OwnIds } from "../model/edit.ts";
import { STATE_DIRECTORY } from "../model/paths.ts";
import { isWritable, tryReadText } from "../sys/files/files.ts";
import { statusOf } from "../sys/files/status.ts";
import { hostNames } from "../sys/names/hostNames.ts";
import { hasCapability } from "../sys/process/capabilities.ts";
import { callerEnvironment, effectiveUser } from "../sys/process/process.ts";
import { ALL_KINDS } from "../values/directoryKinds.ts";
import { INDEX } from "./host/stateIndex.ts";
import { type RootlessPaths, rootlessPaths } from "./rootless.ts";

/**
 * The user that dynuser acts for: where files lie, and which IDs there are to give. Everything that differs for a user
 * without root is read from here.
 */
export interface Caller {
  readonly kind: CallerKind;
  /** dynuser's state until the next boot: leases, records, caches, locks. */
  readonly own: string;
  /** The records of directories that outlast their runs. */
  readonly index: string;
  /** The host's bases of service directories, and the caller's; undefined where they are the same. */
  readonly bases: RootlessPaths | undefined;
  /** The user itself, as the host knows it. */
  readonly user: { readonly uid: number; readonly gid: number; readonly name: string; readonly home: string };
  /** Whether dynuser may make device nodes. */
  readonly hasDevices: boolean;
  /** The IDs of the caller's user namespace: 0 is the caller, the others are subordinate ones. */
  readonly ids: OwnIds;
}

/** `root`: of the host; `user`: of a user namespace, made by dynuser for a caller without root or by an engine. */
type CallerKind = "root" | "user";

let known: Caller | undefined;

/** The caller of this process; looked up once. */
export function thisCaller(): Caller {
  known ??= callerOf(callersEnvironment(), {
    isHostWritable: isWritable("/run"),
    mayMakeDevices: hasCapability("CAP_MKNOD"),
    uidMap: tryReadText("/proc/self/uid_map") ?? "",
    gidMap: tryReadText("/proc/self/gid_map") ?? "",
  });
  return known;
}

/**
 * The environment of this process; for a user without root with HOME, USER and XDG_RUNTIME_DIR, of which a CI job or su(1)
 * may have none.
 */
export function callersEnvironment(): Readonly<Record<string, string>> {
  const given = callerEnvironment();
  const uid = effectiveUser() || uidOnHost();
  return uid === 0 || isWritable("/run") ? given : { ...given, ...placesOfUser(given, uid) };
}

/** Root of a user namespace is another user outside. */
function uidOnHost(): number {
  return firstOutside(tryReadText("/proc/self/uid_map") ?? "");
}

function placesOfUser({ HOME = "", XDG_RUNTIME_DIR = "", USER }: Readonly<Record<string, string>>, uid: number) {
  const user = HOME.startsWith("/") && USER !== undefined ? undefined : hostNames().findUser(uid);
  return {
    HOME: HOME.startsWith("/") ? HOME : (user?.home ?? "/"),
    USER: USER ?? user?.name ?? String(uid),
    XDG_RUNTIME_DIR: runtimeDirectory(XDG_RUNTIME_DIR, uid),
  };
}

/** The login manager's directory where it has made one, and no sandbox made it read-only, else one in /tmp, as podman has it. */
function runtimeDirectory(given: string, uid: number): string {
  const places = [given, `/run/user/${uid}`];
  const there = places.find(
    (path) => path.startsWith("/") && statusOf(path)?.uid === effectiveUser() && isWritable(path),
  );
  return there ?? `/tmp/dynuser-${uid}`;
}

interface Situation {
  readonly isHostWritable: boolean;
  readonly mayMakeDevices: boolean;
  readonly uidMap: string;
  readonly gidMap: string;
}

/**
 * @param environment of the calling process; a user without root keeps files where HOME and XDG_RUNTIME_DIR say
 */
export function callerOf(
  environment: Readonly<Record<string, string | undefined>>,
  { isHostWritable, mayMakeDevices: hasRight, uidMap, gidMap }: Situation,
): Caller {
  const rights = {
    kind: [uidMap, gidMap].every(isInitial) ? "root" : "user",
    hasDevices: [uidMap, gidMap].every(isInitial) && hasRight,
    ids: { uids: rangesIn(uidMap), gids: rangesIn(gidMap) },
    user: outside(uidMap, gidMap, environment),
  } as const;
  const run = environment["XDG_RUNTIME_DIR"] ?? "";
  const bases = isHostWritable || !run.startsWith("/") ? undefined : rootlessPaths(environment);
  if (bases === undefined) return { ...rights, own: STATE_DIRECTORY, index: INDEX, bases };
  return { ...rights, own: `${run}/dynuser`, index: `${bases.get("/var/lib")}/dynuser/directories`, bases };
}

/** The initial user namespace maps all IDs to themselves (user_namespaces(7)). */
function isInitial(map: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(map);
}

/** What the root of the namespace is on the host. */
function outside(uidMap: string, gidMap: string, environment: Readonly<Record<string, string | undefined>>) {
  const [uid, gid] = [firstOutside(uidMap), firstOutside(gidMap)];
  return {
    uid,
    gid,
    name: environment["USER"] || environment["LOGNAME"] || String(uid),
    home: environment["HOME"] || "/",
  };
}

function firstOutside(map: string): number {
  return Number(map.trim().split(/\s+/)[1] ?? 0);
}

/** The first and the third column of proc_pid_uid_map(5). */
function rangesIn(map: string): readonly IdRange[] {
  const lines = map.trim().split("\n");
  return lines.map((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return { first, count };
  });
}

/** Whether a service can only have the caller's own ID: there is no other one, or none that dynamic users have. */
export function hasOneId({ ids }: Pick<Caller, "ids">): boolean {
  const { first, last } = SYSTEMD_RANGE;
  const isUsable = (range: IdRange) => range.first <= last && range.first + range.count > first;
  return [ids.uids, ids.gids].some((ranges) => !ranges.some(isUsable));
}

/** Specifiers of the user's service manager, where they differ from the system's (systemd.unit(5), "Specifiers"). */
export function constantsOf({ bases, user }: Caller): Readonly<Record<string, string>> {
  if (bases === undefined) return {};
  const places = ALL_KINDS.map(({ specifier, base }) => [specifier, bases.get(base) ?? base]);
  const { uid, gid, name, home } = user;
  return { ...Object.fromEntries(places), h: home, u: name, U: String(uid), G: String(gid) };
}
