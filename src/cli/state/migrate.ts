import { quote, UserError } from "../../errors.ts";
import type { Registry } from "../../identity/registry.ts";
import { NOBODY } from "../../model/nobody.ts";
import { performActions } from "../../start/host/perform.ts";
import { statusOfLink } from "../../sys/files/status.ts";
import { canMapIds } from "../../sys/idMaps.ts";
import { KINDS, type LastingDirectory } from "./directories.ts";
import { whileIdle } from "./idle.ts";

/**
 * Does what the first start with a dynamic user would do: moves the directory below `private/` and changes its owner to the
 * standing user, so that no start has to change the owner of its files.
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

/** On such a file system every start would change the owners back. */
function refuseUnmappable({ path }: LastingDirectory, { paths }: Registry): void {
  if (canMapIds(path, `${paths.stateDir}/cache`)) return;
  throw new UserError(
    `cannot migrate ${quote(path)}: found a file system that cannot show files with other owners, expected ext4, xfs, btrfs or tmpfs`,
  );
}
