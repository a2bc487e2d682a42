import { quote, UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange, UserEdit } from "../model/edit.ts";
import type { Identity } from "../model/facts.ts";
import { boolean } from "../values/boolean.ts";
import { groupNames, readId, userName } from "../values/userName.ts";

export const User = directive({
  name: "User",
  summary: "Sets the user of the service's processes, looked up on the host",
  value: userName,
  support: "partial",
  effect: "identity",
  // Between tenants the name could be that of another tenant's user.
  allowedFrom: "safe",
  selectsUser: true,
  deviation: 'HOME is "/" instead of unset, as low-level runtimes set it',
  plan: (_, context) => planUser(context),
});

export const Group = directive({
  name: "Group",
  summary: "Sets the group of the service's processes, the user's primary group by default",
  value: userName,
  support: "full",
  effect: "identity",
  allowedFrom: "safe",
  selectsUser: true,
  plan: (_, context) => planUser(context),
});

export const SupplementaryGroups = directive({
  name: "SupplementaryGroups",
  summary: "Supplementary groups of the service's processes",
  value: groupNames,
  support: "full",
  effect: "grants",
  selectsUser: true,
  plan: (_, context) => planUser(context),
});

export const SetLoginEnvironment = directive({
  name: "SetLoginEnvironment",
  summary: "Whether LOGNAME, HOME and SHELL are set, yes by default if a user is set",
  value: boolean,
  support: "full",
  effect: "neutral",
  plan: (_, context) => planLogin(context),
});

/** The numeric user, its login variables, and no capabilities unless it is root. */
export function* planUser(context: Context): Iterable<PlannedChange> {
  yield userEdit(context);
  yield* planLogin(context);
  if (context.identity !== undefined && context.identity.uid !== 0) yield { kind: "capabilities", onlyAmbient: true };
}

/** Without an identity the engine's user is kept, with the groups of the service. */
function userEdit(context: Context): UserEdit {
  const { identity, service, spec, facts } = context;
  const uid = identity?.uid ?? spec.process?.user.uid ?? 0;
  const gid = gidOf(context);
  const named = (service.get(SupplementaryGroups) ?? []).map((name) => findGroup("SupplementaryGroups", name, facts));
  // systemd calls initgroups(3) for a user with a primary group other than root, but not for Group= alone.
  const hasUser = identity !== undefined || uid !== 0;
  const own = hasUser && gid !== 0 ? [gid, ...(identity?.groups ?? [])] : [];
  // The engine's request lists only explicit groups here; those of the image's user were removed before.
  const callers = identity === undefined ? [] : (spec.process?.user.additionalGids ?? []);
  return { kind: "user", uid, gid, additionalGids: [...new Set([...own, ...callers, ...named])] };
}

/** The service's primary group. */
export function gidOf({ identity, service, spec, facts }: Context): number {
  if (identity !== undefined) return identity.gid;
  const group = service.get(Group);
  return group === undefined ? (spec.process?.user.gid ?? 0) : findGroup("Group", group, facts);
}

function findGroup(directive: string, name: string, facts: Context["facts"]): number {
  const gid = readId(name) ?? facts.findGroup(name)?.gid;
  if (gid !== undefined) return gid;
  throw new UserError(`cannot honour ${directive}=: found no group ${quote(name)} on this host`);
}

function* planLogin({ identity, service, spec, facts }: Context): Iterable<PlannedChange> {
  const isWanted = service.get(SetLoginEnvironment);
  if (identity !== undefined) {
    const login = (isWanted ?? true) ? loginVariables(identity) : {};
    yield { kind: "environment", layer: "login", variables: { USER: identity.name, ...login } };
  } else if (isWanted && (spec.process?.user.uid ?? 0) === 0) {
    const shell = facts.rootfs.look("/bin/bash").type === "file" ? "/bin/bash" : "/bin/sh";
    const variables = { USER: "root", LOGNAME: "root", HOME: "/root", SHELL: shell };
    yield { kind: "environment", layer: "login", variables };
  }
}

/** systemd sets no HOME for a user without home, but low-level runtimes would. */
function loginVariables({ name, home, shell }: Identity): Readonly<Record<string, string>> {
  const isShell = shell !== undefined && shell !== "" && !PLACEHOLDERS.test(shell);
  return { LOGNAME: name, HOME: home || "/", ...(isShell ? { SHELL: shell } : {}) };
}

const PLACEHOLDERS = /^(?:\/usr)?\/s?bin\/(?:nologin|false|true)$/;
