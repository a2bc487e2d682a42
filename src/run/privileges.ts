import { DIRECTIVES } from "../directives/index.gen.ts";
import type { Edit, UserEdit } from "../model/edit.ts";
import type { Identity } from "../model/facts.ts";
import { editsOf, type Owned } from "../model/plan.ts";
import type { SelectEdits } from "../start/pipeline.ts";
import type { Privileges } from "../values/commandLine.ts";

/**
 * The edits of a service's plan for a command with these privileges (src/core/exec-invoke.c, needs_sandboxing and
 * needs_setuid): `!` runs as root in the sandbox; `+` runs as root with the service's directories, binds, variables,
 * umask, priorities and shared namespaces, and without restrictions.
 */
export function selectEdits(privileges: Privileges): SelectEdits {
  return ({ edits }, identity) => {
    const items = editsOf(edits.filter(SELECT[privileges]));
    return privileges === "service" ? items : [...items, rootOf(identity)];
  };
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
    // They belong to the cgroup.
    case "resources":
    case "networkRule":
    case "devices":
      return true;
    case "namespace":
      return item.type === "network" || item.type === "ipc";
    case "process":
      return item.field === "umask" || item.field === "cwd" || item.field === "oomScoreAdj";
    case "linux":
      return item.field === "personality" || item.field === "memoryPolicy";
    case "path":
      return DIRECTIVES.get(owner)?.appliesToPrivilegedCommands === true;
    default:
      return false;
  }
}

/** systemd sets the groups of the user before it decides to stay root. */
function rootOf(identity: Identity | undefined): UserEdit {
  const groups = identity === undefined || identity.gid === 0 ? [] : [identity.gid, ...identity.groups];
  return { kind: "user", uid: 0, gid: 0, additionalGids: [...new Set(groups)] };
}
