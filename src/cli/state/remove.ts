import { join } from "node:path";
import { thisCaller } from "../../start/caller.ts";
import { performReleases } from "../../start/host/release.ts";
import { forgetUse } from "../../start/host/stateIndex.ts";
import { readLink } from "../../sys/files/files.ts";
import { kindOf } from "./directories.ts";

/**
 * Removes a lasting directory and the link that leads to it. Its parents stay: another start may create a directory in them.
 * @param path below the base of one of KINDS
 */
export function removeLasting(path: string): void {
  const { bases, index } = thisCaller();
  const base = kindOf(path, bases)?.base;
  if (base === undefined) return;
  const name = path.slice(base.length + 1).replace(/^private\//, "");
  const link = `${base}/${name}`;
  const target = readLink(link);
  const isOwn = target !== undefined && join(link, "..", target) === path;
  performReleases([{ kind: "remove", base, path, links: isOwn ? [link] : [] }]);
  forgetUse({ path }, index);
}
