import { dirname } from "node:path";
import { NOBODY_ID } from "../model/nobody.ts";
import { bootId } from "./boot.ts";
import { recallLasting, remember } from "./files/cacheFile.ts";
import { using } from "./files/directory.ts";
import { O_RDONLY, openFile, tryReadRecord } from "./files/files.ts";
import { type FileStatus, fileSystemOf, statusOf } from "./files/status.ts";
import { writeText } from "./files/write.ts";
import { AT_FDCWD } from "./kernel/libc.ts";
import { mountSetattr, openTree } from "./kernel/mountCalls.ts";
import { cloneSleeper, reapChild } from "./kernel/processCalls.ts";
import { hasCode, unlessMissing } from "./kernel/system.ts";

/**
 * Whether what is at `path`, or at its nearest parent that exists, can be shown with other owners. Tried out once per
 * boot and file system; `cache` is a directory below /run that only root can write.
 */
export function canMapIds(path: string, cache: string): boolean {
  if (!hasUserNamespaces()) return false;
  const [existing, status] = nearest(path);
  // device numbers are used again after an unmount, so the type is part of the key
  const key = `${cache}/idmap-${bootId()}-${status?.dev}-${fileSystemOf(existing).toString(16)}`;
  const known = recallLasting<boolean>(key);
  if (known !== undefined) return known;
  const answer = tryMapping(existing);
  remember(key, answer);
  return answer;
}

/** An administrator may forbid user namespaces at any time, which the kernel reports as ENOSPC (user_namespaces(7)). */
export function hasUserNamespaces(): boolean {
  return tryReadRecord("/proc/sys/user/max_user_namespaces")?.trim() !== "0";
}

/** Whether this user may make one, by trying. */
export function canMakeUserNamespace(): boolean {
  try {
    const child = cloneSleeper(5);
    process.kill(child, "SIGKILL");
    reapChild(child);
    return true;
  } catch (error) {
    if (hasCode(error, ...IMPOSSIBLE)) return false;
    throw error;
  }
}

function nearest(path: string): readonly [path: string, status: FileStatus | undefined] {
  const status = unlessMissing(() => statusOf(path));
  return status !== undefined || path === "/" ? [path, status] : nearest(dirname(path));
}

/** A copy of the mount that is never attached, as systemd's is_idmapping_supported() tries it. */
function tryMapping(path: string): boolean {
  const OPEN_TREE_CLONE = 1;
  const MOUNT_ATTR_IDMAP = 0x100000;
  const AT_EMPTY_PATH = 0x1000;
  try {
    return using(openUserNamespace(), (userNamespace) =>
      using(openTree(AT_FDCWD, path, OPEN_TREE_CLONE), (tree) => {
        mountSetattr(tree, "", AT_EMPTY_PATH, { set: MOUNT_ATTR_IDMAP, userNamespace });
        return true;
      }),
    );
  } catch (error) {
    if (hasCode(error, ...IMPOSSIBLE)) return false;
    throw error;
  }
}

/** EUSERS and ENOSPC: no user namespace left; EINVAL: the file system cannot; ENOSYS: the kernel cannot. */
const IMPOSSIBLE = ["EINVAL", "EPERM", "ENOSPC", "EUSERS", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EACCES"] as const;

/** With the map of the mounts, the user nobody alone. The child lives as long as it takes to open its namespace. */
function openUserNamespace(): number {
  const child = cloneSleeper(5);
  try {
    writeText(`/proc/${child}/uid_map`, `${NOBODY_ID} ${NOBODY_ID} 1\n`);
    writeText(`/proc/${child}/gid_map`, `${NOBODY_ID} ${NOBODY_ID} 1\n`);
    return openFile(`/proc/${child}/ns/user`, O_RDONLY);
  } finally {
    process.kill(child, "SIGKILL");
    reapChild(child);
  }
}
