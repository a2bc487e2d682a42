import { join } from "node:path";
import { performReleases } from "../../host/release.ts";
import { forgetUse } from "../../host/stateIndex.ts";
import { readLink } from "../../sys/files.ts";

/**
 * Removes a lasting directory and the link beside it that leads to it; directories above it stay, as others may be making
 * theirs in them just now.
 * @param path below /var/lib, /var/cache or /var/log
 */
export function removeLasting(path: string): void {
  const [, base, name] = /^(\/var\/(?:lib|cache|log))\/(?:private\/)?(.+)$/.exec(path) ?? [];
  if (base === undefined) return;
  const link = `${base}/${name}`;
  const target = readLink(link);
  const isOwn = target !== undefined && join(link, "..", target) === path;
  performReleases([{ kind: "remove", base, path, links: isOwn ? [link] : [] }]);
  forgetUse({ path });
}
