import { createFile, makeDirectory, statusOf } from "../sys/files.ts";
import { AT_FDCWD, mount, mountSetattr, moveMount, openTree, prctl, unshare } from "../sys/libc.ts";
import { readMountTable } from "./mountTable.ts";

/**
 * The private mount namespace in which `dynuser run` calls the runtime. Bundle and runtime state live on a tmpfs that
 * nobody else sees, so that they are gone with the last process whatever happens.
 */
export interface World {
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
  /** The rootfs for commands that are rid of the sandbox; see `keepPlainTree`. */
  readonly plain: string;
  /** Files of our own that mounts show. */
  readonly files: string;
}

const PLACE = "/run/dynuser/world";

/** The same for everybody: each run sees its own there. */
export const WORLD: World = {
  bundle: PLACE,
  state: `${PLACE}/state`,
  rootfs: `${PLACE}/rootfs`,
  host: `${PLACE}/host`,
  plain: `${PLACE}/plain`,
  files: `${PLACE}/files`,
};

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_REC = 0x4000;
const MS_SLAVE = 0x80000;
const CLONE_NEWNS = 0x20000;
const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const PR_SET_CHILD_SUBREAPER = 36;

/** Enters a world of our own around `tree`, the future root file system; there is no way back. */
export function enterWorld(tree: string): void {
  makeDirectory(PLACE, 0o700);
  makeInaccessible("/run/dynuser");
  unshare(CLONE_NEWNS);
  // Mounts made on the host later still appear, as in systemd's namespaces.
  mount("", "/", "", MS_REC | MS_SLAVE);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const copies = { rootfs: copyTree(tree), host: copyTree("/") };
  mount("dynuser", PLACE, "tmpfs", MS_NOSUID, "mode=0700");
  for (const directory of [WORLD.state, WORLD.rootfs, WORLD.host, WORLD.files]) makeDirectory(directory, 0o700);
  moveMount(copies.rootfs, WORLD.rootfs);
  moveMount(copies.host, WORLD.host);
  hideUnifiedHierarchy();
}

/** Copies the rootfs to `plain` as it is now, before anything is forbidden in it. */
export function keepPlainTree(): void {
  makeDirectory(WORLD.plain, 0o700);
  moveMount(copyTree(WORLD.rootfs), WORLD.plain);
}

/** What InaccessiblePaths= puts over directories and files: nobody but root gets in, and root finds nothing. */
export function makeInaccessible(own: string): void {
  const place = `${own}/inaccessible`;
  makeDirectory(place, 0o755);
  makeDirectory(`${place}/dir`, 0o000);
  if (statusOf(`${place}/reg`) === undefined) createFile(`${place}/reg`, "", 0o000);
}

/**
 * Set-id programs gain nothing without new privileges, and systemd says so on every mount (mount_nosuid). Not with
 * SELinux, where nosuid also forbids the change of domain that the policy wants.
 */
export function forbidSetId(): void {
  const MOUNT_ATTR_NOSUID = 2;
  if (statusOf("/sys/fs/selinux/enforce") !== undefined) return;
  mountSetattr(AT_FDCWD, WORLD.rootfs, AT_RECURSIVE, { set: MOUNT_ATTR_NOSUID });
}

/** A /proc on our copy of the tree, for a container that may not mount it. */
export function mountProc(options: readonly string[]): void {
  const flags = options.reduce((sum, option) => sum | (MOUNT_FLAGS[option] ?? 0), 0);
  const data = options.filter((option) => MOUNT_FLAGS[option] === undefined);
  mount("proc", `${WORLD.rootfs}/proc`, "proc", flags, data.join(","));
}

const MOUNT_FLAGS: Readonly<Record<string, number>> = { ro: 1, nosuid: 2, nodev: 4, noexec: 8 };

/** NoExecPaths=/, which no runtime could do later: what is to stay executable is bound over it. */
export function forbidExecution(): void {
  const MOUNT_ATTR_NOEXEC = 8;
  mountSetattr(AT_FDCWD, WORLD.rootfs, AT_RECURSIVE, { set: MOUNT_ATTR_NOEXEC });
}

function copyTree(path: string): number {
  return openTree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE);
}

/**
 * crun refuses hosts where the v2 hierarchy is mounted beside those of v1. An empty tmpfs in its place satisfies it and
 * takes what crun writes there along; the container still sees the real one in its copy.
 */
function hideUnifiedHierarchy(): void {
  const UNIFIED = "/sys/fs/cgroup/unified";
  if (statusOf(UNIFIED) === undefined) return;
  const isMounted = readMountTable().some(({ path, fileSystem }) => path === UNIFIED && fileSystem === "cgroup2");
  if (isMounted) mount("dynuser", UNIFIED, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700");
}
