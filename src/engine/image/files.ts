import type { Spec } from "../../oci/spec.ts";
import { callerGroups, NAME_FILE_LIMIT, type NameFiles } from "../../start/nameFiles.ts";
import { readLimited, readLimitedBelow } from "../../sys/files/readLimited.ts";

/** Files in which the container's C library looks up users and groups. */
export const NAME_PATHS = { passwd: "/etc/passwd", group: "/etc/group" } as const;

/**
 * The spec without what the engine added for the image's user (its passwd and group mounts, its groups), and the text of
 * those files, or else of the image's.
 */
export interface ImageFiles {
  readonly spec: Spec;
  readonly files: NameFiles;
  /** Files to be replaced; those that the caller mounts stay. */
  readonly ours: readonly (keyof NameFiles)[];
}

/**
 * @param rootfs the image's files on the host
 * @param id the container's ID: podman keeps files that it makes for a container in a directory of this name
 */
export function readImageFiles(spec: Spec, rootfs: string, id: string): ImageFiles {
  const found = { passwd: findFile("passwd"), group: findFile("group") };
  const made = Object.values(found).flatMap(({ kind, mount }) => (kind === "engine" && mount ? [mount] : []));
  const files = { passwd: found.passwd.text, group: found.group.text };
  return {
    files,
    spec: { ...withoutImageGroups(spec, files), mounts: (spec.mounts ?? []).filter((mount) => !made.includes(mount)) },
    ours: (["passwd", "group"] as const).filter((file) => found[file].kind !== "caller"),
  };

  function findFile(file: keyof NameFiles) {
    const path = NAME_PATHS[file];
    const mount = spec.mounts?.find(({ destination }) => destination === path);
    const source = mount?.source;
    if (mount === undefined || source === undefined) {
      return { kind: "image", mount, text: readLimitedBelow(rootfs, path, NAME_FILE_LIMIT) ?? "" };
    }
    const kind = source.split("/").includes(id) ? "engine" : "caller";
    return { kind, mount, text: readLimited(source, NAME_FILE_LIMIT) ?? "" };
  }
}

function withoutImageGroups(spec: Spec, files: NameFiles): Spec {
  const { process } = spec;
  if (process === undefined) return spec;
  const { user } = process;
  return { ...spec, process: { ...process, user: { ...user, additionalGids: callerGroups(user, files) } } };
}
