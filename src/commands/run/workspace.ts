import { WorkingDirectory } from "../../directives/workingDirectory.ts";
import type { Change } from "../../edit.ts";
import { quote, UserError } from "../../errors.ts";
import type { Context, Owned } from "../../plan.ts";

/**
 * A directory of the caller in which the command works: whoever owns it on disk owns it all the time, and the service's
 * user sees it as its own.
 * @throws UserError when it is none, or cannot be shown to another user
 */
export function workspaceChanges(path: string | undefined, context: Context): readonly Owned<Change>[] {
  if (path === undefined) return [];
  const isPlaced = context.service.get(WorkingDirectory) !== undefined;
  const changes: readonly Change[] = [
    mountOf(path, context),
    ...(isPlaced ? [] : [{ kind: "process", field: "cwd", value: path } as const]),
  ];
  return changes.map((item) => ({ owner: "--workspace", item }));
}

function mountOf(path: string, { facts, identity }: Context): Change {
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
  if (identity === undefined || identity.uid === found.uid) return { ...edit, recursive: true };
  const isMappable = facts.runtime.idMappedMounts && facts.canMapIds(path);
  if (isMappable) return { ...edit, recursive: false, idMap: { disk: ids(found), shown: ids(identity) } };
  const lacking = facts.runtime.idMappedMounts
    ? `a file system that cannot be shown with other owners`
    : `${facts.runtime.name} ${facts.runtime.version}, which cannot show files with other owners`;
  throw new UserError(
    `cannot work in ${quote(path)} as ${identity.name}: found ${lacking}, expected crun 1.8.1 or runc 1.2, and ext4, xfs, btrfs or tmpfs (--workspace)`,
  );
}

function ids({ uid, gid }: { readonly uid: number; readonly gid: number }) {
  return { uid, gid };
}
