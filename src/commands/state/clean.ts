import { join } from "node:path";
import { performReleases } from "../../host/release.ts";
import { forgetUse } from "../../host/stateIndex.ts";
import type { Registry } from "../../identity/registry.ts";
import { readLink } from "../../sys/files.ts";
import { KINDS, type LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";

/** Removes directories that nobody uses, with the links beside them. */
export function clean(directories: readonly LastingDirectory[], registry: Registry): readonly LastingDirectory[] {
  return whileIdle("clean", directories, registry, (directory) => {
    const { path, what, name } = directory;
    const base = KINDS[what];
    const link = `${base}/${name}`;
    const target = readLink(link);
    const isOwn = target !== undefined && join(link, "..", target) === path;
    performReleases([{ kind: "remove", base, path, links: isOwn ? [link] : [] }]);
    forgetUse({ path });
  });
}
