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
  keepUser: ({ item }) => !choosesUser(item),
  full: (edit) => !choosesUser(edit.item) && isUnconditional(edit),
};

function choosesUser(edit: Edit): boolean {
  return edit.kind === "user" || (edit.kind === "capabilities" && edit.onlyAmbient === true);
}

function isUnconditional({ owner, item }: Owned<Edit>): boolean {
  switch (item.kind) {
    case "environment":
    case "unsetEnvironment":
    case "attribute":
    // Of the cgroup, in which all commands of a service are.
    case "resources":
    case "devices":
      return true;
    case "namespace":
      return item.type === "network" || item.type === "ipc";
    case "process":
      return item.field === "umask" || item.field === "cwd" || item.field === "oomScoreAdj";
    case "linux":
      return item.field === "personality" || item.field === "memoryPolicy";
    case "path":
      return DIRECTIVES.get(owner)?.unconditional === true;
    default:
      return false;
  }
}

/** systemd has looked up the user's groups, and taken them, before it decides to stay root. */
function rootOf(identity: Identity | undefined): UserEdit {
  const groups = identity === undefined || identity.gid === 0 ? [] : [identity.gid, ...identity.groups];
  return { kind: "user", uid: 0, gid: 0, additionalGids: [...new Set(groups)] };
}
