import { basename, dirname, resolve } from "node:path";
import { isBelow } from "../../apply/mounts/mountState.ts";
import type { HostTree } from "../../model/facts.ts";

/** Longer than any path. */
const LIMIT = 8192;

/**
 * The repository of a linked worktree, whose `.git` is a file (gitrepository-layout(5)): git does not work without. A program
 * that was once in the workspace may have written that file, so what it names has to name the workspace in return.
 */
export function repositoryOf(workspace: string, host: HostTree): string | undefined {
  const top = host.look(workspace);
  const ownFiles = pathIn(`${workspace}/.git`, workspace, host);
  if (ownFiles === undefined || basename(dirname(ownFiles)) !== "worktrees") return undefined;
  if (pathIn(`${ownFiles}/gitdir`, ownFiles, host) !== `${top.path}/.git`) return undefined;
  const repository = dirname(dirname(ownFiles));
  const isForeign = isBelow(repository, top.path) || host.look(repository).uid !== top.uid;
  return isForeign ? undefined : repository;
}

/** The path that a file holds, without links. */
function pathIn(file: string, base: string, host: HostTree): string | undefined {
  if (host.look(file).type !== "file") return undefined;
  const text = host
    .read(file, LIMIT)
    ?.replace(/^gitdir: /, "")
    .trimEnd();
  return text ? host.look(resolve(base, text)).path : undefined;
}
