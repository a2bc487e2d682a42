import { dirname } from "node:path";
import type { Context } from "../../model/directive.ts";
import type { Change } from "../../model/edit.ts";
import type { Identity } from "../../model/facts.ts";
import type { Owned } from "../../model/plan.ts";
import { addNames, imageHome } from "../../start/nameFiles.ts";
import { PASSABLE } from "../../sys/files/ownDirectory.ts";
import { type ImageFiles, NAME_PATHS } from "./files.ts";

/** Changes for the image: the names of the container's user, the container's record directory and its removal. */
export function imageChanges({ identity, scope }: Context, image: ImageFiles | undefined): readonly Owned<Change>[] {
  const record = recordChanges(scope.directory);
  if (identity === undefined || identity.uid === 0 || image === undefined) return record;
  const changes = [...nameChanges(identity, image, scope.directory), ...callersHome(image)];
  return [...record, ...changes.map((item) => ({ owner: "DynamicUser", item }))];
}

/** Users of another namespace reach the files that are mounted from there. */
function recordChanges(path: string): readonly Owned<Change>[] {
  const changes: readonly Change[] = [
    { kind: "newDirectory", path, mode: PASSABLE, owner: { uid: 0, gid: 0 } },
    { kind: "remove", base: dirname(path), path, links: [] },
  ];
  return changes.map((item) => ({ owner: "dynuser", item }));
}

/** An engine sets HOME to the image user's home by default; any other value is the caller's, as with Environment=. */
function callersHome({ spec: { process }, files }: ImageFiles): readonly Change[] {
  const home = process?.env?.findLast((entry) => entry.startsWith("HOME="))?.slice("HOME=".length);
  if (process === undefined || home === undefined || home === imageHome(process.user, files)) return [];
  return [{ kind: "environment", layer: "set", variables: { HOME: home } }];
}

function nameChanges(identity: Identity, image: ImageFiles, directory: string): readonly Change[] {
  const content = addNames(image.files, identity);
  return image.ours.flatMap((file): readonly Change[] => {
    const path = `${directory}/${file}`;
    return [
      { kind: "file", path, content: content[file], mode: 0o644, owner: { uid: 0, gid: 0 } },
      {
        kind: "path",
        path: NAME_PATHS[file],
        access: "bind",
        source: path,
        readOnly: true,
        noSuid: true,
        noDevices: true,
      },
    ];
  });
}
