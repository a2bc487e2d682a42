import { directive } from "../directive.ts";
import type { Change, UserEdit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Identity } from "../facts.ts";
import type { Context } from "../plan.ts";
import { boolean } from "../values/boolean.ts";
import { groupNames, readId, userName } from "../values/userName.ts";

export const User = directive({
  name: "User",
  summary: "The user that the service runs as, looked up on the host",
  value: userName,
  support: "partial",
  effect: "identity",
  deviation: 'HOME is "/" where systemd leaves it unset, because the low-level runtime would set it',
  plan: (_, context) => planUser(context),
});

export const Group = directive({
  name: "Group",
  summary: "The group that the service runs as, the user's own if absent",
  value: userName,
  support: "full",
  effect: "identity",
  plan: (_, context) => planUser(context),
});

export const SupplementaryGroups = directive({
  name: "SupplementaryGroups",
  summary: "Groups that the service's processes are in besides",
  value: groupNames,
  support: "full",
  effect: "gives",
  plan: (_, context) => planUser(context),
});

export const SetLoginEnvironment = directive({
  name: "SetLoginEnvironment",
  summary: "Sets LOGNAME, HOME and SHELL; on by default where there is a user",
  value: boolean,
  support: "full",
  effect: "neutral",
  plan: (_, context) => planLogin(context),
});

/** The numeric user, its login variables, and no capabilities for one that is not root. */
export function* planUser(context: Context): Iterable<Change> {
  yield userEdit(context);
  yield* planLogin(context);
  if (context.identity !== undefined && context.identity.uid !== 0) yield { kind: "capabilities", onlyAmbient: true };
}

/** Without an identity it stays the engine's user, in the groups of the service. */
function userEdit(context: Context): UserEdit {
  const { identity, service, spec, facts } = context;
  const uid = identity?.uid ?? spec.process?.user.uid ?? 0;
  const gid = gidOf(context);
  const named = (service.get(SupplementaryGroups) ?? []).map((name) => findGroup("SupplementaryGroups", name, facts));
  // As initgroups(3), which systemd calls for a user whose group is not root's, but not where there is only Group=.
  const hasUser = identity !== undefined || uid !== 0;
  const own = hasUser && gid !== 0 ? [gid, ...(identity?.groups ?? [])] : [];
  // What is left of the groups here somebody has asked for: those of the image's user are gone.
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

function* planLogin({ identity, service, spec, facts }: Context): Iterable<Change> {
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

/** systemd sets no HOME for a user without one, but then the low-level runtime would. */
function loginVariables({ name, home, shell }: Identity): Readonly<Record<string, string>> {
  const isShell = shell !== undefined && shell !== "" && !PLACEHOLDERS.test(shell);
  return { LOGNAME: name, HOME: home || "/", ...(isShell ? { SHELL: shell } : {}) };
}

const PLACEHOLDERS = /^(?:\/usr)?\/s?bin\/(?:nologin|false|true)$/;
