import { dirname } from "node:path";
import { using } from "./directory.ts";
import {
  fileSystemOf,
  makeDirectories,
  O_RDONLY,
  openFile,
  readText,
  replaceFile,
  statusOf,
  tryReadText,
  writeText,
} from "./files.ts";
import { AT_FDCWD, cloneSleeper, mountSetattr, openTree, reapChild } from "./libc.ts";
import { hasCode } from "./system.ts";

const NOBODY = 65534;

/**
 * Whether what is at `path`, or at its nearest parent that exists, can be shown with other owners. Tried out once per
 * boot and file system; `cache` is a directory below /run that only root can write.
 */
export function canMapIds(path: string, cache: string): boolean {
  const existing = nearest(path);
  const key = `${cache}/${fileSystemKey(existing)}`;
  const known = readAnswer(key);
  if (known !== undefined) return known;
  const answer = tryMapping(existing);
  writeAnswer(key, answer);
  return answer;
}

function nearest(path: string): string {
  return path === "/" || isThere(path) ? path : nearest(dirname(path));
}

function isThere(path: string): boolean {
  try {
    return statusOf(path) !== undefined;
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) return false;
    throw error;
  }
}

/** Device numbers are used again after an unmount, so the type is part of the key. */
function fileSystemKey(path: string): string {
  const boot = readText("/proc/sys/kernel/random/boot_id").trim();
  return `idmap-${boot}-${statusOf(path)?.dev}-${fileSystemOf(path).toString(16)}`;
}

function readAnswer(file: string): boolean | undefined {
  return ANSWERS.get(tryReadText(file) ?? "");
}

const ANSWERS: ReadonlyMap<string, boolean> = new Map([
  ["yes\n", true],
  ["no\n", false],
]);

/** A cache that cannot be written costs a try per start and nothing else. */
function writeAnswer(file: string, answer: boolean): void {
  try {
    makeDirectories(dirname(file));
    replaceFile(file, answer ? "yes\n" : "no\n", 0o644);
  } catch {
    return;
  }
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

/** Mapped like the mounts will be: nobody only. The child lives as long as it takes to open its namespace. */
function openUserNamespace(): number {
  const child = cloneSleeper(5);
  try {
    writeText(`/proc/${child}/uid_map`, `${NOBODY} ${NOBODY} 1\n`);
    writeText(`/proc/${child}/gid_map`, `${NOBODY} ${NOBODY} 1\n`);
    return openFile(`/proc/${child}/ns/user`, O_RDONLY);
  } finally {
    process.kill(child, "SIGKILL");
    reapChild(child);
  }
}
