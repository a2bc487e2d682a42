import { dlopen, type Pointer, ptr, read } from "bun:ffi";
import { SystemError } from "./system.ts";

/**
 * The C library's calls that node: does not have. Each throws SystemError with the operation's name and, where there is
 * one, the path. Numbers of system calls from 424 on are the same on every architecture.
 */
const { symbols: libc } = dlopen("libc.so.6", {
  __errno_location: { args: [], returns: "ptr" },
  openat: { args: ["int", "ptr", "int", "u32"], returns: "int" },
  mkdirat: { args: ["int", "ptr", "u32"], returns: "int" },
  unlinkat: { args: ["int", "ptr", "int"], returns: "int" },
  renameat: { args: ["int", "ptr", "int", "ptr"], returns: "int" },
  mknodat: { args: ["int", "ptr", "u32", "u64"], returns: "int" },
  symlinkat: { args: ["ptr", "int", "ptr"], returns: "int" },
  fchownat: { args: ["int", "ptr", "u32", "u32", "int"], returns: "int" },
  fchmodat: { args: ["int", "ptr", "u32", "int"], returns: "int" },
  chmod: { args: ["ptr", "u32"], returns: "int" },
  readlinkat: { args: ["int", "ptr", "ptr", "usize"], returns: "i64_fast" },
  removexattr: { args: ["ptr", "ptr"], returns: "int" },
  statx: { args: ["int", "ptr", "int", "u32", "ptr"], returns: "int" },
  fstatfs: { args: ["int", "ptr"], returns: "int" },
  getdents64: { args: ["int", "ptr", "usize"], returns: "i64_fast" },
  dlsym: { args: ["ptr", "ptr"], returns: "ptr" },
  clone: { args: ["ptr", "ptr", "int", "ptr"], returns: "int" },
  waitpid: { args: ["int", "ptr", "int"], returns: "int" },
  flock: { args: ["int", "int"], returns: "int" },
  fcntl: { args: ["int", "int", "ptr"], returns: "int" },
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "int" },
  umount2: { args: ["ptr", "int"], returns: "int" },
  unshare: { args: ["int"], returns: "int" },
  setns: { args: ["int", "int"], returns: "int" },
  prctl: { args: ["int", "u64", "u64", "u64", "u64"], returns: "int" },
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64_fast" },
});

type Call = (...args: readonly unknown[]) => number;

export const AT_FDCWD = -100;
const SYS_open_tree = 428;
const SYS_move_mount = 429;
const SYS_pidfd_open = 434;
const SYS_openat2 = 437;
const SYS_pidfd_getfd = 438;
const SYS_mount_setattr = 442;

/** A file name; bytes where it need not be UTF-8. */
export type Name = string | Uint8Array;

/** A NUL-terminated copy of `name`; a path with a NUL inside cannot exist. */
function cString(name: Name): Buffer {
  return typeof name === "string" ? Buffer.from(`${name}\0`) : Buffer.concat([name, new Uint8Array(1)]);
}

export function nameText(name: Name): string {
  return typeof name === "string" ? name : Buffer.from(name).toString();
}

function lastErrno(): number {
  return read.i32((libc.__errno_location as Call)());
}

export function check(result: number, operation: string, path: Name = ""): number {
  if (result >= 0) return result;
  throw new SystemError(errnoName(lastErrno()), operation, nameText(path));
}

/** Most of what is looked for is not there; to know the others costs a millisecond, once. */
function errnoName(errno: number): string {
  const ENOENT = 2;
  if (errno === ENOENT) return "ENOENT";
  const { errno: known } = process.getBuiltinModule("node:os").constants;
  return Object.entries(known).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}

/** See openat(2); close-on-exec is added. */
export function openat(directory: number, path: Name, flags: number, mode = 0): number {
  const O_CLOEXEC = 0o2000000;
  return check((libc.openat as Call)(directory, cString(path), flags | O_CLOEXEC, mode), "open", path);
}

/** See openat2(2); close-on-exec is added, `resolve` are RESOLVE_ flags. */
export function openat2(directory: number, path: Name, flags: number, resolve: number, mode = 0): number {
  return check(callOpenat2(directory, path, flags, resolve, mode), "open", path);
}

/** ENOENT, EXDEV, ENOTDIR, ELOOP. */
const LEADS_NOWHERE = [2, 18, 20, 40];

/** As `openat2`; undefined where the path leads nowhere, since an error object costs more than the call. */
export function tryOpenat2(directory: number, path: Name, flags: number, resolve: number): number | undefined {
  const result = callOpenat2(directory, path, flags, resolve, 0);
  if (result < 0 && LEADS_NOWHERE.includes(lastErrno())) return undefined;
  return check(result, "open", path);
}

function callOpenat2(directory: number, path: Name, flags: number, resolve: number, mode: number): number {
  const O_CLOEXEC = 0o2000000;
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), BigInt(mode), BigInt(resolve)]);
  return systemCall(SYS_openat2, directory, cString(path), how, how.byteLength);
}

export function mkdirat(directory: number, name: Name, mode: number): void {
  check((libc.mkdirat as Call)(directory, cString(name), mode), "mkdir", name);
}

/** `mode` with the type of the file in it, `device` as makedev(3) has it. */
export function mknodat(directory: number, name: Name, mode: number, device: number): void {
  check((libc.mknodat as Call)(directory, cString(name), mode, device), "mknod", name);
}

export function unlinkat(directory: number, name: Name, flags = 0): void {
  check((libc.unlinkat as Call)(directory, cString(name), flags), "unlink", name);
}

export function renameat(from: number, fromName: Name, to: number, toName: Name): void {
  check((libc.renameat as Call)(from, cString(fromName), to, cString(toName)), "rename", fromName);
}

export function symlinkat(target: Name, directory: number, name: Name): void {
  check((libc.symlinkat as Call)(cString(target), directory, cString(name)), "symlink", name);
}

/** `struct statfs` of a 64-bit architecture. */
export function fstatfs(descriptor: number): Buffer {
  const status = Buffer.alloc(120);
  check((libc.fstatfs as Call)(descriptor, status), "statfs");
  return status;
}

/** Links are not followed; an empty name means the descriptor itself. */
export function fchownat(directory: number, name: Name, uid: number, gid: number): void {
  const AT_SYMLINK_NOFOLLOW = 0x100;
  const AT_EMPTY_PATH = 0x1000;
  check(
    (libc.fchownat as Call)(directory, cString(name), uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH),
    "chown",
    name,
  );
}

/** The target of a symbolic link; an empty name means the descriptor itself (opened with O_PATH | O_NOFOLLOW). */
export function readlinkat(directory: number, name: Name): Buffer {
  const target = Buffer.alloc(4096);
  const length = Number((libc.readlinkat as Call)(directory, cString(name), target, target.length));
  return target.subarray(0, check(length, "readlink", name));
}

/** Works on O_PATH descriptors too, which fchmod(2) does not. */
export function chmodDescriptor(descriptor: number, mode: number): void {
  check((libc.chmod as Call)(cString(`/proc/self/fd/${descriptor}`), mode), "chmod");
}

/** Removes an extended attribute of what an O_PATH descriptor stands for; fine where there is none. */
export function removeAttribute(descriptor: number, attribute: string): void {
  const ENODATA = 61;
  const EOPNOTSUPP = 95;
  const result = (libc.removexattr as Call)(cString(`/proc/self/fd/${descriptor}`), cString(attribute));
  // an error object for each file without ACLs would cost more than all the rest of a chown
  const isAbsent = result < 0 && [ENODATA, EOPNOTSUPP].includes(lastErrno());
  if (!isAbsent) check(result, "removexattr", attribute);
}

/** The raw `struct statx`; see src/sys/entry.ts. Links are not followed, an empty name means the descriptor itself. */
export function statx(directory: number, name: Name, mask: number): Buffer {
  const AT_SYMLINK_NOFOLLOW = 0x100;
  const AT_NO_AUTOMOUNT = 0x800;
  const AT_EMPTY_PATH = 0x1000;
  const result = Buffer.alloc(256);
  const flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
  check((libc.statx as Call)(directory, cString(name), flags, mask, result), "stat", name);
  return result;
}

/** Fills `buffer` with `struct linux_dirent64`; returns the number of bytes, 0 at the end. */
export function getdents(directory: number, buffer: Buffer): number {
  return check(Number((libc.getdents64 as Call)(directory, buffer, buffer.length)), "readdir");
}

/**
 * A child in a new user namespace that sleeps for `seconds` and is gone. It runs nothing but libc's sleep() on a stack
 * of its own and never comes back to JavaScript. No signal tells of its end: reap it with `reapChild`.
 */
export function cloneSleeper(seconds: number): number {
  const CLONE_NEWUSER = 0x10000000;
  const sleep = (libc.dlsym as Call)(0, cString("sleep"));
  const stack = new Uint8Array(65536);
  const end = ptr(stack) + stack.length;
  const top = end - (end % 16);
  return check((libc.clone as Call)(sleep, top, CLONE_NEWUSER, seconds), "clone");
}

export function reapChild(pid: number): void {
  const WALL = 0x40000000;
  check((libc.waitpid as Call)(pid, 0, WALL), "wait");
}

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/** See flock(2); waits on when a signal arrives. */
export function flock(descriptor: number, operation: number): void {
  const EINTR = 4;
  while ((libc.flock as Call)(descriptor, operation) < 0) {
    if (lastErrno() !== EINTR) check(-1, "flock");
  }
}

/** A write lock on the whole file that belongs to the open file description (F_OFD_SETLKW); waits for it. */
export function lockFileDescription(descriptor: number): void {
  const F_OFD_SETLKW = 38;
  const F_WRLCK = 1;
  const lock = new Int16Array(16);
  lock[0] = F_WRLCK;
  const EINTR = 4;
  while ((libc.fcntl as Call)(descriptor, F_OFD_SETLKW, lock) < 0) {
    if (lastErrno() !== EINTR) check(-1, "lock");
  }
}

export function mount(source: string, target: string, type: string, flags: number, data = ""): void {
  const result = (libc.mount as Call)(cString(source), cString(target), cString(type), BigInt(flags), cString(data));
  check(result, "mount", target);
}

export function umount(target: string, flags = 0): void {
  check((libc.umount2 as Call)(cString(target), flags), "umount", target);
}

export function unshare(flags: number): void {
  check((libc.unshare as Call)(flags), "unshare");
}

export function setns(descriptor: number, type: number): void {
  check((libc.setns as Call)(descriptor, type), "setns");
}

export function prctl(option: number, a = 0, b = 0, c = 0, d = 0): number {
  return check((libc.prctl as Call)(option, a, b, c, d), "prctl");
}

/** A descriptor of a running process (pidfd_open(2)). */
export function openProcess(pid: number): number {
  return check(systemCall(SYS_pidfd_open, pid, 0), "pidfd_open");
}

/** Another process's open file as one of ours (pidfd_getfd(2)); needs the right to trace it. */
export function takeDescriptor(process: number, descriptor: number): number {
  return check(systemCall(SYS_pidfd_getfd, process, descriptor, 0), "pidfd_getfd");
}

/** A detached copy of the mounts at `path` (open_tree(2) with OPEN_TREE_CLONE); returns a descriptor. */
export function openTree(directory: number, path: string, flags: number): number {
  return check(systemCall(SYS_open_tree, directory, cString(path), flags), "open_tree", path);
}

/** Attaches the tree of a descriptor at `target`. */
export function moveMount(tree: number, target: string): void {
  const MOVE_MOUNT_F_EMPTY_PATH = 4;
  const result = systemCall(SYS_move_mount, tree, cString(""), AT_FDCWD, cString(target), MOVE_MOUNT_F_EMPTY_PATH);
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
  check(systemCall(SYS_mount_setattr, directory, cString(path), flags, how, how.byteLength), "mount_setattr", path);
}

function systemCall(number: number, ...args: readonly (number | ArrayBufferView)[]): number {
  const words = args.map((arg) => (typeof arg === "number" ? arg : (ptr(arg) as Pointer)));
  while (words.length < 6) words.push(0);
  return Number((libc.syscall as Call)(number, ...words));
}
