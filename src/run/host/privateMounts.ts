import { makeInaccessible } from "../../host/inaccessible.ts";
import { readMountTable } from "../../host/mountTable.ts";
import type { MountFlag } from "../../model/facts.ts";
import type { Spec } from "../../oci/spec.ts";
import { thisCaller } from "../../start/caller.ts";
import { makeDirectory } from "../../sys/files/files.ts";
import { mountFlagsOf } from "../../sys/files/look.ts";
import { statusOf } from "../../sys/files/status.ts";
import { AT_FDCWD } from "../../sys/kernel/libc.ts";
import { mount, mountSetattr, moveMount, openTree, unshare } from "../../sys/kernel/mountCalls.ts";
import { inMountNamespace } from "../../sys/kernel/mountNamespace.ts";
import { prctl } from "../../sys/kernel/processCalls.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { isInUserNamespace } from "../../sys/process/ownNamespace.ts";
import { setUmask } from "../../sys/process/umask.ts";

/**
 * The private mount namespace in which `dynuser run` calls the runtime. Bundle and runtime state lie on a tmpfs of that
 * namespace, so that the kernel removes them with the last process.
 */
export interface PrivateMounts {
  readonly bundle: string;
  /** --root of the runtime. */
  readonly state: string;
  /** A recursive copy of the tree the container sees; `root.path`. */
  readonly rootfs: string;
  /**
   * A second copy of the host's tree for the sources of bind mounts: mounts are made in place on `rootfs` one after the
   * other and would hide the sources of later ones there.
   */
  readonly host: string;
  /** The rootfs of commands without the sandbox; see `cloneHostRoot`. */
  readonly plain: string;
  /** The /dev of PrivateDevices=. */
  readonly devices: string;
  /** Files of dynuser that are mounted into the container. */
  readonly files: string;
}

const PLACE = `${thisCaller().own}/world`;

/** The same paths for each run, in different mount namespaces. */
export const PRIVATE_MOUNTS: PrivateMounts = {
  bundle: PLACE,
  state: `${PLACE}/state`,
  rootfs: `${PLACE}/rootfs`,
  host: `${PLACE}/host`,
  plain: `${PLACE}/plain`,
  devices: `${PLACE}/devices`,
  files: `${PLACE}/files`,
};

/** MS_ of mount(2), which are MOUNT_ATTR_ of mount_setattr(2) as well. */
const FLAGS = { ro: 1, nosuid: 2, nodev: 4, noexec: 8 } as const satisfies Record<MountFlag, number>;
const MS_REC = 0x4000;
const MS_SLAVE = 0x80000;
const CLONE_NEWNS = 0x20000;
const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const PR_SET_CHILD_SUBREAPER = 36;

/**
 * Enters a private mount namespace around `tree`, the future root file system. The umask becomes 022, as other users pass
 * the mount points that the runtime makes.
 */
export function enterPrivateMounts(tree: string): void {
  setUmask(0o022);
  makeDirectory(PLACE, 0o700);
  makeInaccessible(thisCaller().own);
  unshare(CLONE_NEWNS);
  // Mounts made on the host later still appear, as in systemd's namespaces.
  mount("", "/", "", MS_REC | MS_SLAVE);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const copies = { rootfs: copyTree(tree), host: copyTree("/") };
  mount("dynuser", PLACE, "tmpfs", FLAGS.nosuid, "mode=0700");
  for (const directory of [PRIVATE_MOUNTS.state, PRIVATE_MOUNTS.rootfs, PRIVATE_MOUNTS.host, PRIVATE_MOUNTS.files])
    makeDirectory(directory, 0o700);
  moveMount(copies.rootfs, PRIVATE_MOUNTS.rootfs);
  moveMount(copies.host, PRIVATE_MOUNTS.host);
  hideUnifiedHierarchy();
}

/** Clones the rootfs to `plain`, before restrictions are applied to it. */
export function cloneHostRoot(): void {
  makeDirectory(PRIVATE_MOUNTS.plain, 0o700);
  copyTo(PRIVATE_MOUNTS.rootfs, PRIVATE_MOUNTS.plain);
}

/** Mounts what is at `from`, with all mounts below it, at `to`. */
export function copyTo(from: string, to: string): void {
  moveMount(copyTree(from), to);
}

/** What holds for all of `/` and, by path, what single mounts of the rootfs lack in addition. */
export interface Restrictions {
  readonly noExec: boolean;
  readonly noSuid: boolean;
  readonly mounts: ReadonlyMap<string, { readonly readOnly: boolean; readonly noExec: boolean }>;
}

/** Restricts the rootfs before the runtime gets it; the container's own root gets the flags again, see `keepRootFlags`. */
export function restrictRootfs({ noExec, noSuid, mounts }: Restrictions): void {
  const everywhere = (noExec ? FLAGS.noexec : 0) | (noSuid ? noSuidUnlessSelinux() : 0);
  if (everywhere !== 0) mountSetattr(AT_FDCWD, PRIVATE_MOUNTS.rootfs, AT_RECURSIVE, { set: everywhere });
  for (const [path, { readOnly, noExec }] of mounts) {
    const set = (readOnly ? FLAGS.ro : 0) | (noExec ? FLAGS.noexec : 0);
    unlessUnreachable(() => mountSetattr(AT_FDCWD, PRIVATE_MOUNTS.rootfs + path, AT_SYMLINK_NOFOLLOW, { set }));
  }
}

/**
 * Set-id programs gain nothing without new privileges, and systemd says so on every mount (mount_nosuid). Not with
 * SELinux, where nosuid also forbids the change of domain that the policy wants.
 */
function noSuidUnlessSelinux(): number {
  return statusOf("/sys/fs/selinux/enforce") === undefined ? FLAGS.nosuid : 0;
}

/**
 * The host may unmount at any time: EINVAL says that the path is no mount point any more. A directory that is closed to a user
 * without root, such as /var/lib/containers/storage, is closed to all in the container.
 */
function unlessUnreachable(act: () => void): void {
  try {
    act();
  } catch (error) {
    const isClosed = hasCode(error, "EACCES") && isInUserNamespace();
    if (!isClosed && !hasCode(error, "EINVAL", "ENOENT", "ENOTDIR", "ELOOP")) throw error;
  }
}

/**
 * Sets the flags of the rootfs on the root of a created container: crun drops them, and runc where it makes the root
 * read-only. Without new privileges nosuid has no effect.
 */
export function keepRootFlags(init: number, { root, process }: Spec): void {
  const isKept = (flag: MountFlag) => flag !== "ro" && (flag !== "nosuid" || process?.noNewPrivileges !== true);
  const flags = mountFlagsOf(root!.path).filter(isKept);
  const set = flags.reduce((sum, flag) => sum | FLAGS[flag], 0);
  if (set !== 0) inMountNamespace(init, () => mountSetattr(AT_FDCWD, "/", 0, { set }));
}

/** Mounts /proc on the rootfs, for a container that may not mount it. */
export function mountProc(options: readonly string[]): void {
  const isFlag = (option: string): option is MountFlag => Object.hasOwn(FLAGS, option);
  const flags = options.filter(isFlag).reduce((sum, flag) => sum | FLAGS[flag], 0);
  const data = options.filter((option) => !isFlag(option));
  mount("proc", `${PRIVATE_MOUNTS.rootfs}/proc`, "proc", flags, data.join(","));
}

function copyTree(path: string): number {
  return openTree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE);
}

/**
 * crun refuses hosts where the v2 hierarchy is mounted beside those of v1. An empty tmpfs in its place satisfies it and
 * discards what crun writes there; the container sees the real one in its copy.
 */
function hideUnifiedHierarchy(): void {
  const UNIFIED = "/sys/fs/cgroup/unified";
  if (statusOf(UNIFIED) === undefined) return;
  const isMounted = readMountTable().some(({ path, fileSystem }) => path === UNIFIED && fileSystem === "cgroup2");
  if (isMounted) mount("dynuser", UNIFIED, "tmpfs", FLAGS.nosuid | FLAGS.nodev, "mode=0700");
}
