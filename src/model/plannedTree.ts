import { dirname, join } from "node:path";
import type { Action, DirectoryAction } from "./action.ts";
import { changedFacts } from "./changedFacts.ts";
import type { Facts, PathStatus, Tree } from "./facts.ts";

/** The facts with the trees as they will be once the actions are performed, which other settings of the service may name. */
export function factsAfter(facts: Facts, actions: readonly Action[]): Facts {
  const changes = changesOf(actions);
  if (changes.directories.size === 0) return facts;
  const { host, rootfs } = facts;
  const after = { ...host, ...treeAfter(host, changes) };
  return changedFacts(facts, { host: after, ...(rootfs.isHost && { rootfs: { ...rootfs, look: after.look } }) });
}

/** Absolute paths of the host. */
interface TreeChanges {
  /** Directories that will be there, with the path at which each may be now. */
  readonly directories: ReadonlyMap<string, { readonly action: DirectoryAction; readonly before: string }>;
  /** Symbolic links with their targets. */
  readonly links: ReadonlyMap<string, string>;
}

function changesOf(actions: readonly Action[]): TreeChanges {
  const directories = new Map<string, { readonly action: DirectoryAction; readonly before: string }>();
  const links = new Map<string, string>();
  for (const action of actions) {
    if (action.kind === "directory") {
      const [open, stored] = [`${action.base}/${action.name}`, `${action.base}/private/${action.name}`];
      const [path, before] = action.private ? [stored, open] : [open, stored];
      directories.set(path, { action, before });
      if (action.private) links.set(open, stored);
    } else if (action.kind === "link") {
      const path = `${action.base}/${action.name}`;
      links.set(path, join(dirname(path), action.target));
    }
  }
  return { directories, links };
}

function treeAfter(tree: Tree, { directories, links }: TreeChanges): Tree {
  const look = (path: string): PathStatus => {
    const linked = throughLink(path, links);
    if (linked !== undefined) return look(linked);
    const found = tree.look(path);
    const further = throughLink(found.path, links);
    if (further !== undefined) return look(further);
    if (found.type !== "missing") return found;
    return isAbove(found.path, links) ? directoryAt(found.path) : lookInMade(tree, found, directories);
  };
  return { look };
}

/** What lies in one of the directories, which may be elsewhere now; they and the directories above them are there. */
function lookInMade(tree: Tree, missing: PathStatus, directories: TreeChanges["directories"]): PathStatus {
  const { path } = missing;
  for (const [made, { action, before }] of directories) {
    if (made.startsWith(`${path}/`)) return directoryAt(path);
    if (path !== made && !path.startsWith(`${made}/`)) continue;
    const found = tree.look(before + path.slice(made.length));
    if (found.type !== "missing") return { ...found, path };
    if (path === made) return { path, type: "directory", ...(action.owner ?? ROOT), mode: action.mode };
  }
  return missing;
}

function isAbove(path: string, links: ReadonlyMap<string, string>): boolean {
  return links.keys().some((link) => link.startsWith(`${path}/`));
}

function directoryAt(path: string): PathStatus {
  return { path, type: "directory", ...ROOT, mode: 0o755 };
}

const ROOT = { uid: 0, gid: 0 };

/** The path through the nearest of the links in it; undefined without one. */
function throughLink(path: string, links: ReadonlyMap<string, string>): string | undefined {
  for (const [link, target] of links) {
    if (path === link || path.startsWith(`${link}/`)) return target + path.slice(link.length);
  }
  return undefined;
}
