import { dirname } from "node:path";
import { addNames, imageHome } from "../apply/imageNames.ts";
import type { Change } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Identity } from "../facts.ts";
import type { Context, Owned } from "../plan.ts";
import type { Asked } from "./asked.ts";
import { type ImageFiles, NAME_PATHS } from "./imageFiles.ts";

/** What an image needs besides the directives: the names of its new user, and an end to what we keep for it. */
export function imageChanges(context: Context, image: ImageFiles | undefined, asked: Asked): readonly Owned<Change>[] {
  const { identity, scope } = context;
  const record = recordChanges(scope.directory);
  if (identity === undefined || image === undefined) return record;
  refuseStatic(identity, asked);
  if (identity.uid === 0) return record;
  const changes = [...nameChanges(identity, image, scope.directory), ...callersHome(image)];
  return [...record, ...changes.map((item) => ({ owner: "DynamicUser", item }))];
}

/** Open to look through: users of another namespace reach the files that are mounted from there. */
function recordChanges(path: string): readonly Owned<Change>[] {
  const changes: readonly Change[] = [
    { kind: "newDirectory", path, mode: 0o755, owner: { uid: 0, gid: 0 } },
    { kind: "remove", base: dirname(path), path, links: [] },
  ];
  return changes.map((item) => ({ owner: "dynuser", item }));
}

/** Whoever may annotate a container could otherwise become any user of the host. */
function refuseStatic({ leased, name, uid }: Identity, { staticUsers }: Asked): void {
  if (leased || staticUsers) return;
  throw new UserError(
    `cannot run as ${quote(name)}: it is a user of this host, UID ${uid}, expected a name that is free, or staticUsers: yes in /etc/dynuser/config.yaml`,
  );
}

/** An engine sets HOME on its own to where the image's user lives; anything else somebody wants, as with Environment=. */
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
