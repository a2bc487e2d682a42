import { setOwner, using } from "../../sys/files/directory.ts";
import { makeDirectories } from "../../sys/files/files.ts";
import { type FileStatus, statusOf } from "../../sys/files/status.ts";
import { O_PATH } from "../../sys/kernel/callNumbers.ts";
import { chmodat } from "../../sys/kernel/fileCalls.ts";
import { AT_FDCWD, openat } from "../../sys/kernel/libc.ts";
import { mount } from "../../sys/kernel/mountCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { PRIVATE_MOUNTS } from "./privateMounts.ts";

const MS_NOSUID = 2;
const MS_NODEV = 4;

/**
 * Covers directories of the host, in the copy that mounts are made from, by overlays that keep changes in memory. They go
 * with the mount namespace of the run.
 */
export function coverWorkspaces(paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) cover(path, `${PRIVATE_MOUNTS.bundle}/discarded/${index}`);
}

/** `userxattr`: the root of a user namespace may not set other attributes (Documentation/filesystems/overlayfs.rst). */
function cover(path: string, place: string): void {
  const lower = `${PRIVATE_MOUNTS.host}${path}`;
  const status = statusOf(lower);
  // What is no directory is refused with the workspace.
  if (status?.isDirectory() !== true) return;
  const [upper, work] = [`${place}/upper`, `${place}/work`];
  for (const directory of [upper, work]) makeDirectories(directory);
  makeLike(upper, status);
  const options = [`lowerdir=${escaped(lower)}`, `upperdir=${upper}`, `workdir=${work}`, "userxattr"].join(",");
  mount("dynuser", lower, "overlay", MS_NOSUID | MS_NODEV, options);
}

/** The root of an overlay has owner and mode of its upper layer; a group that is not mapped cannot be given. */
function makeLike(directory: string, { uid, gid, mode }: FileStatus): void {
  using(openat(AT_FDCWD, directory, O_PATH), (descriptor) => {
    try {
      setOwner(descriptor, uid, gid);
    } catch (error) {
      if (!hasCode(error, "EPERM", "EINVAL")) throw error;
    }
  });
  chmodat(AT_FDCWD, directory, mode & 0o1777);
}

function escaped(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}
