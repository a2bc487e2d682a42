import { WorkingDirectory } from "../../directives/workingDirectory.ts";
import { quote, UserError } from "../../errors.ts";
import type { Context } from "../../model/directive.ts";
import type { Change, PathEdit } from "../../model/edit.ts";
import type { Owned } from "../../model/plan.ts";
import type { Sharing } from "../callerChanges.ts";
import type { Workspaces } from "./request.ts";

/**
 * Mounts directories of the caller: the owner on disk stays, and the service's user is shown as the owner.
 * @throws UserError when one is no directory, or its files cannot be shown with another owner
 */
export function workspaceChanges(
  workspaces: Workspaces,
  sharing: Pick<Sharing, "shared">,
  context: Context,
): readonly Owned<Change>[] {
  const { paths, protectsGit, isDiscarded } = workspaces;
  const [first] = paths;
  const isPlaced = first === undefined || context.service.get(WorkingDirectory) !== undefined;
  const changes: readonly Change[] = [
    ...paths.map((path) => mountOf(path, isDiscarded, sharing, context)),
    ...(protectsGit ? paths.map(readOnlyGit) : []),
    ...(isPlaced ? [] : [{ kind: "process", field: "cwd", value: first } as const]),
  ];
  return changes.map((item) => ({ owner: "--workspace", item }));
}

/** A file in a linked worktree. */
function readOnlyGit(workspace: string): PathEdit {
  return { kind: "path", path: `${workspace}/.git`, access: "readOnly", optional: true };
}

function mountOf(
  path: string,
  isDiscarded: boolean,
  { shared }: Pick<Sharing, "shared">,
  { facts, identity }: Context,
): Change {
  const found = facts.host.look(path);
  if (found.type !== "directory") {
    throw new UserError(`cannot work in ${quote(path)}: found no directory there, expected one (--workspace)`);
  }
  const edit = {
    kind: "path",
    path,
    access: "bind",
    source: path,
    noExec: false,
    noSuid: true,
    noDevices: true,
  } as const;
  if (shared !== undefined || identity === undefined || identity.uid === found.uid) return { ...edit, recursive: true };
  // No overlay can show its files with other owners.
  const isMappable = !isDiscarded && facts.runtime.idMappedMounts && facts.canMapIds(path);
  if (isMappable) return { ...edit, recursive: false, idMap: { disk: ids(found), shown: ids(identity) } };
  const lacking = isDiscarded
    ? "root's files, which --discard cannot show with other owners"
    : facts.runtime.idMappedMounts
      ? `root's files on a file system that cannot show them with other owners`
      : `root's files and ${facts.runtime.name} ${facts.runtime.version}, which cannot show them with other owners`;
  throw new UserError(
    `cannot work in ${quote(path)} as ${identity.name}: found ${lacking}, expected another owner (chown), or crun 1.8.1 or runc 1.2, and ext4, xfs, btrfs or tmpfs (--workspace)`,
  );
}

function ids({ uid, gid }: { readonly uid: number; readonly gid: number }) {
  return { uid, gid };
}
