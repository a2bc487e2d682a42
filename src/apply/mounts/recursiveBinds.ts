import type { Facts } from "../../model/facts.ts";
import { isBind } from "../../oci/mountOptions.ts";
import type { Mount } from "../../oci/spec.ts";
import { isAtLeast } from "../../values/version.ts";
import { isTree } from "./emission.ts";
import { isBelow } from "./mountState.ts";
import { hostSource } from "./origin.ts";

/**
 * Binds of the mounts below a recursive bind, for crun before 1.9: in a user namespace it binds without them, whatever
 * `rbind` says ("linux: honor rbind" of its history). Where it may not, as the user namespace would reveal what is below those
 * mounts (has_locked_children() in fs/namespace.c), it binds inside, and with them.
 */
export function bindSubmounts(mounts: readonly Mount[], facts: Facts): readonly Mount[] {
  const { name, version } = facts.runtime;
  if (name !== "crun" || isAtLeast(version, [1, 9])) return mounts;
  return mounts.flatMap((mount) => [mount, ...(isRecursive(mount) ? submountsOf(mount, facts) : [])]);
}

function isRecursive(mount: Mount): boolean {
  return isBind(mount) && mount.options?.includes("rbind") === true;
}

function submountsOf({ destination, source = "", options = [] }: Mount, facts: Facts): readonly Mount[] {
  const { hostPrefix } = facts.rootfs;
  if (hostPrefix !== "" && !isBelow(source, hostPrefix)) return [];
  const top = source.slice(hostPrefix.length);
  const inherited = options.filter((option) => option !== "rbind");
  return facts.host.submounts
    .filter(({ path }) => isBelow(path, top))
    .map(({ path }) => {
      const { flags, path: from, type } = hostSource(path, facts);
      const kept = isTree(type) ? ["rbind", ...flags, ...inherited] : ["bind", ...flags, ...inherited.map(plainOption)];
      return {
        destination: destination + path.slice(top.length),
        type: "bind",
        source: from,
        options: [...new Set(kept)],
      };
    });
}

/** crun sets recursive flags on directories only: of a file it says ENOTDIR. */
function plainOption(option: string): string {
  return option.replace(/^r(?=(?:ro|nosuid|nodev|noexec)$)/, "");
}
