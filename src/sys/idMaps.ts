import { mkdirSync, openSync, readFileSync, renameSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { using } from "./directory.ts";
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
  try {
    statSync(path);
    return path;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR") && path !== "/") return nearest(dirname(path));
    throw error;
  }
}

/** Device numbers are used again after an unmount, so the type is part of the key. */
function fileSystemKey(path: string): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `idmap-${boot}-${statSync(path).dev}-${statfsSync(path).type.toString(16)}`;
}

function readAnswer(file: string): boolean | undefined {
  try {
    return ANSWERS.get(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const ANSWERS: ReadonlyMap<string, boolean> = new Map([
  ["yes\n", true],
  ["no\n", false],
]);

/** A cache that cannot be written costs a try per start and nothing else. */
function writeAnswer(file: string, answer: boolean): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, answer ? "yes\n" : "no\n", { mode: 0o644 });
    renameSync(temporary, file);
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
    writeFileSync(`/proc/${child}/uid_map`, `${NOBODY} ${NOBODY} 1\n`);
    writeFileSync(`/proc/${child}/gid_map`, `${NOBODY} ${NOBODY} 1\n`);
    return openSync(`/proc/${child}/ns/user`, "r");
  } finally {
    process.kill(child, "SIGKILL");
    reapChild(child);
  }
}
