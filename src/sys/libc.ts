import { dlopen, ptr, read } from "bun:ffi";
import { CALLS, O_CLOEXEC } from "./callNumbers.ts";
import { SystemError } from "./system.ts";

/**
 * The kernel's calls, by number through syscall(2): each symbol of a library costs a start 0.03 ms, and node:fs 2 ms. Each
 * throws SystemError with the operation's name and, where there is one, the path.
 */
const { symbols: libc } = dlopen("libc.so.6", {
  __errno_location: { args: [], returns: "ptr" },
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64_fast" },
});

type Call = (...args: readonly unknown[]) => number;
type Word = number | ArrayBufferView;

/**
 * Calls the kernel; negative when it refuses, which `check` makes a SystemError of. Once more when a signal came between;
 * not close(2), whose descriptor is gone by then.
 */
export function systemCall(
  call: keyof typeof CALLS,
  a: Word = 0,
  b: Word = 0,
  c: Word = 0,
  d: Word = 0,
  e: Word = 0,
): number {
  for (;;) {
    const result = Number((libc.syscall as Call)(CALLS[call], word(a), word(b), word(c), word(d), word(e), 0));
    if (result >= 0 || lastErrno() !== EINTR || call === "close") return result;
  }
}

const EINTR = 4;
const ENOSYS = 38;

/** Whether the kernel has a call by this number, one without arguments that only tells something. */
export function hasCall(number: number): boolean {
  return Number((libc.syscall as Call)(number, 0, 0, 0, 0, 0, 0)) >= 0 || lastErrno() !== ENOSYS;
}

function word(value: Word): number {
  return typeof value === "number" ? value : ptr(value);
}

export const AT_FDCWD = -100;

/** A file name; bytes where it need not be UTF-8. */
export type Name = string | Uint8Array;

/** A NUL-terminated copy of `name`. What has a NUL inside would be another path for the kernel. */
function cString(name: Name): Buffer {
  if (typeof name !== "string") return Buffer.concat([name, new Uint8Array(1)]);
  if (name.includes("\0")) throw new SystemError("EINVAL", "use", name.replaceAll("\0", "\\0"));
  return Buffer.from(`${name}\0`);
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

/** What is met on the way of most starts; to know the others costs a millisecond, once. */
const EVERYDAY: Readonly<Record<number, string>> = {
  2: "ENOENT",
  11: "EAGAIN",
  17: "EEXIST",
  20: "ENOTDIR",
  22: "EINVAL",
};

function errnoName(errno: number): string {
  if (errno in EVERYDAY) return EVERYDAY[errno]!;
  const { errno: known } = process.getBuiltinModule("node:os").constants;
  return Object.entries(known).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}

/** See openat(2); close-on-exec is added. */
export function openat(directory: number, path: Name, flags: number, mode = 0): number {
  return check(systemCall("openat", directory, cString(path), flags | O_CLOEXEC, mode), "open", path);
}

/** As `openat`; undefined where nothing is: an error object costs more than the call. */
export function tryOpenat(directory: number, path: Name, flags: number): number | undefined {
  const result = systemCall("openat", directory, cString(path), flags | O_CLOEXEC);
  return result < 0 && NOTHING_THERE.includes(lastErrno()) ? undefined : check(result, "open", path);
}

/** ENOENT, ENOTDIR, and ESRCH of a process that is going. */
const NOTHING_THERE = [2, 20, 3];

/** See openat2(2); close-on-exec is added, `resolve` are RESOLVE_ flags. */
export function openat2(directory: number, path: Name, flags: number, resolve: number, mode = 0): number {
  return check(callOpenat2(directory, path, flags, resolve, mode), "open", path);
}

/** ENOENT, EXDEV, ENOTDIR, ELOOP. */
const LEADS_NOWHERE = [2, 18, 20, 40];

/** As `openat2`; undefined where the path leads nowhere. */
export function tryOpenat2(directory: number, path: Name, flags: number, resolve: number): number | undefined {
  const result = callOpenat2(directory, path, flags, resolve, 0);
  return result < 0 && LEADS_NOWHERE.includes(lastErrno()) ? undefined : check(result, "open", path);
}

function callOpenat2(directory: number, path: Name, flags: number, resolve: number, mode: number): number {
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), BigInt(mode), BigInt(resolve)]);
  return systemCall("openat2", directory, cString(path), how, how.byteLength);
}

export function close(descriptor: number): void {
  check(systemCall("close", descriptor), "close");
}

/** Fills `buffer` from the file's position on; returns the number of bytes, 0 at the end. */
export function readInto(descriptor: number, buffer: Uint8Array): number {
  return check(systemCall("read", descriptor, buffer, buffer.length), "read");
}

/** Returns how many bytes were written, which may be less than all. */
export function write(descriptor: number, bytes: Uint8Array): number {
  return check(systemCall("write", descriptor, bytes, bytes.length), "write");
}

/** Makes `to` another name of an open file, for programs that we start too. */
export function replaceDescriptor(descriptor: number, to: number): void {
  check(systemCall("dup3", descriptor, to, 0), "dup");
}

/** A second descriptor of an open file, close-on-exec. */
export function copyDescriptor(descriptor: number): number {
  const F_DUPFD_CLOEXEC = 1030;
  return check(systemCall("fcntl", descriptor, F_DUPFD_CLOEXEC), "fcntl");
}

/** Waits until there is something to read; false when it took longer than that. */
export function waitToRead(descriptor: number, seconds: number): boolean {
  const POLLIN = 1;
  const waited = new Int32Array([descriptor, POLLIN]);
  const limit = new BigInt64Array([BigInt(seconds), 0n]);
  return check(systemCall("ppoll", waited, 1, limit), "poll") > 0;
}

export function fsync(descriptor: number): void {
  check(systemCall("fsync", descriptor), "fsync");
}

export function fchmod(descriptor: number, mode: number): void {
  check(systemCall("fchmod", descriptor, mode), "chmod");
}

export function fchown(descriptor: number, uid: number, gid: number): void {
  check(systemCall("fchown", descriptor, uid, gid), "chown");
}

export function mkdirat(directory: number, name: Name, mode: number): void {
  check(systemCall("mkdirat", directory, cString(name), mode), "mkdir", name);
}

/** As `mkdirat`; false when something is there already. */
export function tryMkdirat(directory: number, name: Name, mode: number): boolean {
  const EEXIST = 17;
  const result = systemCall("mkdirat", directory, cString(name), mode);
  if (result < 0 && lastErrno() === EEXIST) return false;
  check(result, "mkdir", name);
  return true;
}

/** `mode` with the type of the file in it, `device` as makedev(3) has it. */
export function mknodat(directory: number, name: Name, mode: number, device: number): void {
  check(systemCall("mknodat", directory, cString(name), mode, device), "mknod", name);
}

export function unlinkat(directory: number, name: Name, flags = 0): void {
  check(systemCall("unlinkat", directory, cString(name), flags), "unlink", name);
}

/** As `unlinkat`; false where nothing is. */
export function tryUnlinkat(directory: number, name: Name): boolean {
  const result = systemCall("unlinkat", directory, cString(name));
  if (result < 0 && NOTHING_THERE.includes(lastErrno())) return false;
  check(result, "unlink", name);
  return true;
}

export function renameat(from: number, fromName: Name, to: number, toName: Name): void {
  check(systemCall("renameat", from, cString(fromName), to, cString(toName)), "rename", fromName);
}

/** A second name of a file; a link is not followed. */
export function linkat(from: number, fromName: Name, to: number, toName: Name): void {
  check(systemCall("linkat", from, cString(fromName), to, cString(toName)), "link", toName);
}

export function symlinkat(target: Name, directory: number, name: Name): void {
  check(systemCall("symlinkat", cString(target), directory, cString(name)), "symlink", name);
}

/** Sets its times to now. */
export function touch(directory: number, name: Name): void {
  check(systemCall("utimensat", directory, cString(name)), "utime", name);
}

/** Whether this process may write there, by its real user (access(2)). */
export function isWritableAt(directory: number, name: Name): boolean {
  const W_OK = 2;
  return systemCall("faccessat", directory, cString(name), W_OK) >= 0;
}

/** `struct statfs` of a 64-bit architecture. */
export function fstatfs(descriptor: number): Buffer {
  const status = Buffer.alloc(120);
  check(systemCall("fstatfs", descriptor, status), "statfs");
  return status;
}

/** Links are not followed; an empty name means the descriptor itself. */
export function fchownat(directory: number, name: Name, uid: number, gid: number): void {
  const flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  check(systemCall("fchownat", directory, cString(name), uid, gid, flags), "chown", name);
}

/** The target of a symbolic link; an empty name means the descriptor itself (opened with O_PATH | O_NOFOLLOW). */
export function readlinkat(directory: number, name: Name): Buffer {
  const target = Buffer.alloc(4096);
  const length = systemCall("readlinkat", directory, cString(name), target, target.length);
  return target.subarray(0, check(length, "readlink", name));
}

/** Links are followed. */
export function chmodat(directory: number, name: Name, mode: number): void {
  check(systemCall("fchmodat", directory, cString(name), mode), "chmod", name);
}

/** Works on O_PATH descriptors too, which fchmod(2) does not. */
export function chmodDescriptor(descriptor: number, mode: number): void {
  chmodat(AT_FDCWD, `/proc/self/fd/${descriptor}`, mode);
}

/** Removes an extended attribute of what an O_PATH descriptor stands for; fine where there is none. */
export function removeAttribute(descriptor: number, attribute: string): void {
  const ENODATA = 61;
  const EOPNOTSUPP = 95;
  const result = systemCall("removexattr", cString(`/proc/self/fd/${descriptor}`), cString(attribute));
  // an error object for each file without ACLs would cost more than all the rest of a chown
  const isAbsent = result < 0 && [ENODATA, EOPNOTSUPP].includes(lastErrno());
  if (!isAbsent) check(result, "removexattr", attribute);
}

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;

/**
 * The raw `struct statx`; see src/sys/entry.ts. An empty name means the descriptor itself.
 * @returns undefined where nothing is
 */
export function tryStatx(directory: number, name: Name, links: "followed" | "not followed"): Buffer | undefined {
  const ENOENT = 2;
  const STATX_BASIC_STATS = 0x7ff;
  const STATX_MNT_ID = 0x1000;
  const result = Buffer.alloc(256);
  const flags = AT_NO_AUTOMOUNT | AT_EMPTY_PATH | (links === "followed" ? 0 : AT_SYMLINK_NOFOLLOW);
  const code = systemCall("statx", directory, cString(name), flags, STATX_BASIC_STATS | STATX_MNT_ID, result);
  if (code < 0 && lastErrno() === ENOENT) return undefined;
  check(code, "stat", name);
  return result;
}

/** Fills `buffer` with `struct linux_dirent64`; returns the number of bytes, 0 at the end. */
export function getdents(directory: number, buffer: Buffer): number {
  return check(systemCall("getdents64", directory, buffer, buffer.length), "readdir");
}

/**
 * A child in a new user namespace that sleeps for `seconds` and is gone. It runs nothing but libc's sleep() on a stack
 * of its own and never comes back to JavaScript. No signal tells of its end: reap it with `reapChild`.
 */
export function cloneSleeper(seconds: number): number {
  const CLONE_NEWUSER = 0x10000000;
  const { symbols } = dlopen("libc.so.6", {
    dlsym: { args: ["ptr", "ptr"], returns: "ptr" },
    clone: { args: ["ptr", "ptr", "int", "ptr"], returns: "int" },
  });
  const sleep = (symbols.dlsym as Call)(0, cString("sleep"));
  const stack = new Uint8Array(65536);
  const end = ptr(stack) + stack.length;
  const top = end - (end % 16);
  return check((symbols.clone as Call)(sleep, top, CLONE_NEWUSER, seconds), "clone");
}

export function reapChild(pid: number): void {
  const WALL = 0x40000000;
  check(wait(pid, WALL), "wait");
}

/** See wait4(2): the child's PID, 0 when it still runs (WNOHANG), negative when there is none; the status goes to `status`. */
export function wait(pid: number, options: number, status: Int32Array = new Int32Array(1)): number {
  return systemCall("wait4", pid, status, options);
}

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/** See flock(2). */
export function flock(descriptor: number, operation: number): void {
  check(systemCall("flock", descriptor, operation), "flock");
}

/** A write lock on the whole file that belongs to the open file description (F_OFD_SETLKW); waits for it. */
export function lockFileDescription(descriptor: number): void {
  const F_OFD_SETLKW = 38;
  const F_WRLCK = 1;
  const lock = new Int16Array(16);
  lock[0] = F_WRLCK;
  check(systemCall("fcntl", descriptor, F_OFD_SETLKW, lock), "lock");
}

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

export function prctl(option: number, a = 0, b = 0, c = 0, d = 0): number {
  return check(systemCall("prctl", option, a, b, c, d), "prctl");
}

/** A descriptor of a running process (pidfd_open(2)). */
export function openProcess(pid: number): number {
  return check(systemCall("pidfd_open", pid), "pidfd_open");
}

/** Another process's open file as one of ours (pidfd_getfd(2)); needs the right to trace it. */
export function takeDescriptor(process: number, descriptor: number): number {
  return check(systemCall("pidfd_getfd", process, descriptor), "pidfd_getfd");
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
