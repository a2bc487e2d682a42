import { quote, UserError } from "../../errors.ts";
import { performActions } from "../../host/perform.ts";
import type { Registry } from "../../identity/registry.ts";
import { statusOfLink } from "../../sys/files.ts";
import { canMapIds } from "../../sys/idMaps.ts";
import { KINDS, type LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";

const NOBODY = { uid: 65534, gid: 65534 };

/**
 * Does now what the next start of a dynamic user would: the directory goes below `private/` and belongs to nobody, so that
 * no start ever has to change the owner of what is in it.
 */
export function migrate(directories: readonly LastingDirectory[], registry: Registry): readonly LastingDirectory[] {
  return whileIdle("migrate", directories, registry, (directory) => {
    refuseUnmappable(directory, registry);
    const { what, name, path } = directory;
    const mode = (statusOfLink(path)?.mode ?? 0o755) & 0o1777;
    const place = { base: KINDS[what], name, private: true, inside: false } as const;
    const item = { kind: "directory", ...place, mode, owner: NOBODY, ownership: "mapped", dropSetId: true } as const;
    performActions([{ owner: "dynuser state migrate", item }]);
  });
}

/** There every start would change the owners back. */
function refuseUnmappable({ path }: LastingDirectory, { places }: Registry): void {
  if (canMapIds(path, `${places.own}/cache`)) return;
  throw new UserError(
    `cannot migrate ${quote(path)}: found a file system that cannot show files with other owners, expected ext4, xfs, btrfs or tmpfs`,
  );
}
