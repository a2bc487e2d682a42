import { WorkingDirectory } from "../../directives/workingDirectory.ts";
import { quote, UserError } from "../../errors.ts";
import type { Context } from "../../model/directive.ts";
import type { Change, PathEdit } from "../../model/edit.ts";
import type { Owned } from "../../model/plan.ts";
import { isAtOrBelow } from "../../values/within.ts";
import type { Sharing } from "../callerChanges.ts";
import { repositoryOf } from "./linkedWorktree.ts";
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
    ...repositoriesOf(workspaces, sharing, context),
    ...(isPlaced ? [] : [{ kind: "process", field: "cwd", value: first } as const]),
  ];
  return changes.map((item) => ({ owner: "--workspace", item }));
}

/** A file in a linked worktree. */
function readOnlyGit(workspace: string): PathEdit {
  return { kind: "path", path: `${workspace}/.git`, access: "readOnly", optional: true };
}

/** Of linked worktrees; read-only, as they are no workspaces. */
function repositoriesOf(
  { paths }: Workspaces,
  sharing: Pick<Sharing, "shared">,
  context: Context,
): readonly PathEdit[] {
  const { host } = context.facts;
  const places = paths.map((path) => host.look(path).path);
  const repositories = new Set(paths.flatMap((path) => repositoryOf(path, host) ?? []));
  return [...repositories]
    .filter((path) => !isAtOrBelow(path, places))
    .flatMap((path) => {
      const shown = shownAs(path, false, sharing, context);
      return shown === undefined ? [] : [{ ...bound(path), ...shown, readOnly: true }];
    });
}

function mountOf(path: string, isDiscarded: boolean, sharing: Pick<Sharing, "shared">, context: Context): PathEdit {
  const { facts, identity } = context;
  if (facts.host.look(path).type !== "directory") {
    throw new UserError(`cannot work in ${quote(path)}: found no directory there, expected one (--workspace)`);
  }
  const shown = shownAs(path, isDiscarded, sharing, context);
  if (shown !== undefined) return { ...bound(path), ...shown };
  const lacking = isDiscarded
    ? "root's files, which --discard cannot show with other owners"
    : facts.runtime.idMappedMounts
      ? `root's files on a file system that cannot show them with other owners`
      : `root's files and ${facts.runtime.name} ${facts.runtime.version}, which cannot show them with other owners`;
  throw new UserError(
    `cannot work in ${quote(path)} as ${identity!.name}: found ${lacking}, expected another owner (chown), or crun 1.8.1 or runc 1.2, and ext4, xfs, btrfs or tmpfs (--workspace)`,
  );
}

function bound(path: string): PathEdit {
  return { kind: "path", path, access: "bind", source: path, noExec: false, noSuid: true, noDevices: true };
}

/** How the service's user becomes the owner of what is shown; undefined where it cannot. No overlay can show other owners. */
function shownAs(
  path: string,
  isDiscarded: boolean,
  { shared }: Pick<Sharing, "shared">,
  { facts, identity }: Context,
): Pick<PathEdit, "recursive" | "idMap"> | undefined {
  const found = facts.host.look(path);
  if (shared !== undefined || identity === undefined || identity.uid === found.uid) return { recursive: true };
  const isMappable = !isDiscarded && facts.runtime.idMappedMounts && facts.canMapIds(path);
  return isMappable ? { recursive: false, idMap: { disk: ids(found), shown: ids(identity) } } : undefined;
}

function ids({ uid, gid }: { readonly uid: number; readonly gid: number }) {
  return { uid, gid };
}
