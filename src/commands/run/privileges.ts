import { DIRECTIVES } from "../../directives/index.gen.ts";
import type { Edit, UserEdit } from "../../edit.ts";
import type { Identity } from "../../facts.ts";
import type { Owned, Plan } from "../../plan.ts";
import type { Privileges } from "../../values/commandLine.ts";

/**
 * What of a service's plan is for a command with these privileges (src/core/exec-invoke.c, needs_sandboxing and
 * needs_setuid): `!` is root in the sandbox, `+` keeps what shows and describes the service's own (directories, binds,
 * variables, umask, priorities, shared namespaces) and is rid of all that takes rights away.
 */
export function editsFor(privileges: Privileges, { edits }: Plan, identity: Identity | undefined): readonly Edit[] {
  const items = edits.filter(SELECT[privileges]).map(({ item }) => item);
  return privileges === "service" ? items : [...items, rootOf(identity)];
}

const SELECT: Readonly<Record<Privileges, (edit: Owned<Edit>) => boolean>> = {
  service: () => true,
  keepUser: (edit) => !choosesUser(edit),
  full: (edit) => !choosesUser(edit) && isUnconditional(edit),
};

function choosesUser({ item }: Owned<Edit>): boolean {
  return item.kind === "user" || (item.kind === "capabilities" && item.onlyAmbient === true);
}

/** What no directive asked for belongs to the way of starting. */
function isUnconditional({ owner, item }: Owned<Edit>): boolean {
  if (item.kind === "environment" || item.kind === "unsetEnvironment") return true;
  const directive = DIRECTIVES.get(owner);
  return directive === undefined || directive.unconditional === true;
}

/** systemd has looked up the user's groups, and taken them, before it decides to stay root. */
function rootOf(identity: Identity | undefined): UserEdit {
  const groups = identity === undefined || identity.gid === 0 ? [] : [identity.gid, ...identity.groups];
  return { kind: "user", uid: 0, gid: 0, additionalGids: [...new Set(groups)] };
}
