import type { Found, HostTree, Tree } from "../facts.ts";
import { matchPaths } from "../sys/glob.ts";
import { lookBelow } from "../sys/look.ts";
import { readLimited } from "../sys/readLimited.ts";

/** The host's files; each path is looked up once. */
export function hostTree(): HostTree {
  return { ...rootfsTree("/"), read: readLimited, match: matchPaths };
}

/** The files of a root file system: absolute links stay in it, as they will for the container. */
export function rootfsTree(root: string): Tree {
  const known = new Map<string, Found>();
  const look = (path: string): Found => {
    const found = known.get(path) ?? lookBelow(root, path, look);
    known.set(path, found);
    return found;
  };
  return { look };
}
