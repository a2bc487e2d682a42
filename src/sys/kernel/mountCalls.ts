import { AT_FDCWD, check, cString, systemCall } from "./libc.ts";

export function mount(source: string, target: string, type: string, flags: number, data = ""): void {
  check(systemCall("mount", cString(source), cString(target), cString(type), flags, cString(data)), "mount", target);
}

export function umount(target: string, flags = 0): void {
  check(systemCall("umount2", cString(target), flags), "umount", target);
}

export function unshare(flags: number): void {
  check(systemCall("unshare", flags), "unshare");
}

export function setns(descriptor: number, type: number): void {
  check(systemCall("setns", descriptor, type), "setns");
}

/** Makes the working directory this thread's root directory. */
export function chrootHere(): void {
  check(systemCall("chroot", cString(".")), "chroot");
}

/** A detached copy of the mounts at `path` (open_tree(2) with OPEN_TREE_CLONE); returns a descriptor. */
export function openTree(directory: number, path: string, flags: number): number {
  return check(systemCall("open_tree", directory, cString(path), flags), "open_tree", path);
}

/** Attaches the tree of a descriptor at `target`. */
export function moveMount(tree: number, target: string): void {
  const MOVE_MOUNT_F_EMPTY_PATH = 4;
  const result = systemCall("move_mount", tree, cString(""), AT_FDCWD, cString(target), MOVE_MOUNT_F_EMPTY_PATH);
  check(result, "move_mount", target);
}

export interface MountAttributes {
  readonly set?: number;
  readonly clear?: number;
  readonly propagation?: number;
  /** A descriptor of the user namespace whose map is applied (MOUNT_ATTR_IDMAP). */
  readonly userNamespace?: number;
}

export function mountSetattr(directory: number, path: string, flags: number, attributes: MountAttributes): void {
  const { set = 0, clear = 0, propagation = 0, userNamespace = 0 } = attributes;
  const how = new BigUint64Array([set, clear, propagation, userNamespace].map(BigInt));
  check(systemCall("mount_setattr", directory, cString(path), flags, how, how.byteLength), "mount_setattr", path);
}
