import { quote, UserError } from "../errors.ts";
import { NOBODY_ID } from "../model/nobody.ts";
import type { Names } from "../sys/names/names.ts";
import { leasedUid } from "./lease.ts";
import { isUserName } from "./name.ts";
import type { Registry } from "./registry.ts";
import type { IdentityRequest } from "./request.ts";
import { uidUnderSystemd } from "./systemdUid.ts";
import { isPublished } from "./userdb.ts";

/** A group of the host, by its number, or one that is leased, where `id` is known when others hold it already. */
export type ResolvedGroup = { readonly kind: "static"; readonly id: number } | Leased;

export type ResolvedUser = StaticUser | Leased;

export interface Leased {
  readonly kind: "leased";
  readonly name: string;
  readonly id: number | undefined;
}

export interface StaticUser {
  readonly kind: "static";
  readonly id: number;
  readonly gid: number;
  readonly login: { readonly home?: string; readonly shell?: string };
}

export interface Resolved {
  readonly name: string;
  readonly groupName: string;
  readonly user: ResolvedUser;
  /** `own`: the user's, which is its UID again for a leased one. */
  readonly group: ResolvedGroup | "own";
}

/**
 * Resolves the names of a request on this host; valid as long as the caller holds the leases of these names.
 * Changes nothing.
 * @param unheld names of which the caller knows that they have no lease
 * @throws UserError
 */
export function resolveNames(request: IdentityRequest, registry: Registry, unheld: readonly string[] = []): Resolved {
  return request.dynamic ? resolveDynamic(request, registry, unheld) : resolveStatic(request, registry.names);
}

/** As dynamic_user_realize of systemd (src/core/dynamic-user.c). */
function resolveDynamic(request: IdentityRequest, registry: Registry, unheld: readonly string[]): Resolved {
  const { name, groupName = name } = request;
  const find = (setting: string, lease: string) =>
    unheld.includes(lease) ? undefined : findLease(setting, lease, registry);
  const user = dynamicUser(request, registry, find);
  return { name, groupName, user, group: groupName === name ? "own" : dynamicGroup(groupName, registry, find) };
}

type FindLease = (setting: string, name: string) => Leased | undefined;

function dynamicUser({ name, isOwnName }: IdentityRequest, registry: Registry, find: FindLease): ResolvedUser {
  const number = parseId("User", name);
  // systemd sets neither HOME nor SHELL for a service with DynamicUser=, whatever its user
  if (number !== undefined) return { kind: "static", id: number, gid: number, login: {} };
  const leased = find("User", name) ?? findShared(name, registry);
  if (leased !== undefined) return leased;
  const user = registry.names.findUser(name);
  if (isOwnName) refuseKnown(name, registry.names);
  if (user !== undefined) return { kind: "static", id: user.uid, gid: user.gid, login: {} };
  if (registry.names.findGroup(name) !== undefined) throw isTaken("User", name, "group");
  return { kind: "leased", name, id: undefined };
}

function dynamicGroup(name: string, registry: Registry, find: FindLease): ResolvedGroup {
  const number = parseId("Group", name);
  if (number !== undefined) return { kind: "static", id: number };
  const leased = find("Group", name);
  if (leased !== undefined) return leased;
  const group = registry.names.findGroup(name);
  if (group !== undefined) return { kind: "static", id: group.gid };
  if (registry.names.findUser(name) !== undefined) throw isTaken("Group", name, "user");
  return { kind: "leased", name, id: undefined };
}

/** The lease of this name, if it has holders or its published records, which look like a static user, are still there. */
function findLease(setting: string, name: string, registry: Registry): Leased | undefined {
  if (!isUserName(name)) {
    throw new UserError(
      `cannot use ${setting}=: found ${quote(name)}, expected at most 31 letters, digits, _ and -, beginning with a letter or _`,
    );
  }
  const id = leasedUid(name, registry);
  if (id === "damaged") {
    throw new UserError(
      `cannot share the user ${quote(name)}: found its lease damaged, expected its containers to end first`,
    );
  }
  if (id !== undefined) return { kind: "leased", name, id };
  return isPublished(name, registry) ? { kind: "leased", name, id } : undefined;
}

function refuseKnown(name: string, names: Names): void {
  const kind = names.findUser(name) !== undefined ? "user" : names.findGroup(name) !== undefined ? "group" : undefined;
  if (kind === undefined) return;
  throw new UserError(
    `cannot name the user ${quote(name)}: found a ${kind} of that name on the host, expected another name, or User=`,
  );
}

/** A name that a service of systemd has is no user of the host: its UID lasts as long as one of the two holds it. */
function findShared(name: string, registry: Registry): Leased | undefined {
  return uidUnderSystemd(name, registry) === undefined ? undefined : { kind: "leased", name, id: undefined };
}

function isTaken(setting: string, name: string, kind: string): UserError {
  return new UserError(
    `cannot use ${setting}=${name} for a dynamic user: found a ${kind} of that name on the host, expected user and group or neither`,
  );
}

/** As get_user_creds of systemd (src/basic/user-util.c): the user has to exist. */
function resolveStatic(request: IdentityRequest, names: Names): Resolved {
  const { name, groupName } = request;
  const user = names.findUser(parseId("User", name) ?? name);
  if (user === undefined) throw new UserError(`cannot use User=: found no user ${quote(name)} on the host`);
  const resolved: StaticUser = { kind: "static", id: user.uid, gid: user.gid, login: loginOf(user) };
  if (groupName === undefined) {
    return {
      name: user.name,
      groupName: names.findGroup(user.gid)?.name ?? String(user.gid),
      user: resolved,
      group: "own",
    };
  }
  const group = names.findGroup(parseId("Group", groupName) ?? groupName);
  if (group === undefined) throw new UserError(`cannot use Group=: found no group ${quote(groupName)} on the host`);
  return { name: user.name, groupName: group.name, user: resolved, group: { kind: "static", id: group.gid } };
}

/**
 * Neither for a home of `/` and a shell that ends at once, nor for the user `nobody`, whatever the database says (src/basic/
 * user-util.c, synthesize_user_creds).
 */
function loginOf({ uid, home, shell }: Login): StaticUser["login"] {
  if (uid === NOBODY_ID) return {};
  return {
    ...(home.startsWith("/") && home !== "/" ? { home } : {}),
    ...(shell.startsWith("/") && !NO_SHELLS.has(shell) ? { shell } : {}),
  };
}

interface Login {
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
}

const NO_SHELLS: ReadonlySet<string> = new Set([
  "/bin/nologin",
  "/sbin/nologin",
  "/usr/bin/nologin",
  "/usr/sbin/nologin",
  "/bin/false",
  "/usr/bin/false",
  "/bin/true",
  "/usr/bin/true",
]);

/** Digits are always a number, never looked up as a name. */
function parseId(setting: string, text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const number = Number(text);
  // 65535 and 4294967295 mean "no user" to 16-bit and 32-bit system calls
  if (number < 0xffffffff && number !== 0xffff && (text === "0" || !text.startsWith("0"))) return number;
  throw new UserError(
    `cannot use ${setting}=: found ${quote(text)}, expected a name or a number from 0 to 4294967294, but not 65535`,
  );
}
