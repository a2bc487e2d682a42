import { basename, dirname, relative } from "node:path";
import { problemsOf, UserErrors } from "../../errors.ts";
import type { Release } from "../../model/action.ts";
import { withContext } from "../../sys/failure.ts";
import { readLink, usingBelow, usingTrusted } from "../../sys/files/directory.ts";
import { removeTree } from "../../sys/files/removeTree.ts";
import { unlinkat } from "../../sys/kernel/fileCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";

/**
 * Removes what was recorded to go with the service. IPC objects are the identity's to remove. What fails does not keep
 * the rest, and what has gone already is fine.
 * @throws UserErrors
 */
export function performReleases(releases: readonly Release[]): void {
  const problems = releases.flatMap((release) => {
    if (release.kind !== "remove") return [];
    const { base = dirname(release.path), path, links } = release;
    return [
      ...attempt(`remove ${path}`, () => removeAt(base, path)),
      ...links.flatMap((link) => attempt(`remove ${link}`, () => removeLinkAt(base, link))),
    ];
  });
  if (problems.length > 0) throw new UserErrors(problems);
}

function attempt(what: string, step: () => void): readonly string[] {
  try {
    withContext(what, step);
    return [];
  } catch (error) {
    return problemsOf(error) ?? [String(error)];
  }
}

function removeAt(base: string, path: string): void {
  withParent(base, path, (parent) => removeTree(parent, basename(path)));
}

function removeLinkAt(base: string, path: string): void {
  withParent(base, path, (parent) => {
    if (readLink(parent, basename(path)) !== undefined) unlinkat(parent, basename(path));
  });
}

function withParent(base: string, path: string, use: (parent: number) => void): void {
  try {
    usingTrusted(base, (top) => usingBelow(top, dirname(relative(base, path)), use));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
