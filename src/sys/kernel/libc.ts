import { dlopen, ptr, read } from "bun:ffi";
import { CALLS, O_CLOEXEC } from "./callNumbers.ts";
import { endWithoutJit } from "./noJit.ts";
import { SystemError } from "./system.ts";

/**
 * The kernel's calls, by number through syscall(2): each symbol of a library costs a start 0.03 ms, and node:fs 2 ms. Each
 * throws SystemError with the operation's name and, where there is one, the path.
 */
const { symbols: libc } = openLibc();

function openLibc() {
  try {
    return dlopen("libc.so.6", {
      __errno_location: { args: [], returns: "ptr" },
      syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64_fast" },
    });
  } catch (error) {
    return endWithoutJit(error);
  }
}

export type Call = (...args: readonly unknown[]) => number;
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
const EAGAIN = 11;
export const ENOSYS = 38;

/** Whether the kernel has a call by this number, one without arguments that changes nothing. */
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
export function cString(name: Name): Buffer {
  if (typeof name !== "string") return Buffer.concat([name, new Uint8Array(1)]);
  if (name.includes("\0")) throw new SystemError("EINVAL", "use", name.replaceAll("\0", "\\0"));
  return Buffer.from(`${name}\0`);
}

export function nameText(name: Name): string {
  return typeof name === "string" ? name : Buffer.from(name).toString();
}

export function lastErrno(): number {
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
export const NOTHING_THERE = [2, 20, 3];

export function close(descriptor: number): void {
  check(systemCall("close", descriptor), "close");
}

/** Fills `buffer` from the file's position on; returns the number of bytes, 0 at the end. */
export function readInto(descriptor: number, buffer: Uint8Array): number {
  return check(systemCall("read", descriptor, buffer, buffer.length), "read");
}

/** Returns how many bytes were written, which may be less than all. */
export function write(descriptor: number, bytes: Uint8Array, path: Name = ""): number {
  return check(systemCall("write", descriptor, bytes, bytes.length), "write", path);
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

/** Waits until there is something to read, or the other end of one of `others` is closed; false when it took longer. */
export function waitToRead(descriptor: number, seconds: number, others: readonly number[] = []): boolean {
  const POLLIN = 1;
  const waited = new Int32Array([descriptor, POLLIN, ...others.flatMap((other) => [other, 0])]);
  const limit = new BigInt64Array([BigInt(seconds), 0n]);
  return check(systemCall("ppoll", waited, 1 + others.length, limit), "poll") > 0;
}

/** Waits until the other end of a terminal or pipe is closed; false when it took longer than that. */
export function waitForHangup(descriptor: number, seconds: number): boolean {
  const waited = new Int32Array([descriptor, 0]);
  const limit = new BigInt64Array([BigInt(seconds), 0n]);
  return check(systemCall("ppoll", waited, 1, limit), "poll") > 0;
}

/** Programs that replace this one inherit the descriptor, if it is one: Bun lets them inherit none but the streams. */
export function keepOpen(descriptor: number): void {
  const F_SETFD = 2;
  systemCall("fcntl", descriptor, F_SETFD, 0);
}

/** Another descriptor of an open file, above those that a shell numbers, that programs inherit which replace this one. */
export function lendDescriptor(descriptor: number): number {
  const F_DUPFD = 0;
  return check(systemCall("fcntl", descriptor, F_DUPFD, 10), "fcntl");
}

export function fsync(descriptor: number): void {
  check(systemCall("fsync", descriptor), "fsync");
}

/** Lets the kernel begin to write a file's changes to the disk, without waiting for it; a file system that cannot is fine. */
export function startSync(descriptor: number): void {
  const SYNC_FILE_RANGE_WRITE = 2;
  systemCall("sync_file_range", descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
}

export function fchmod(descriptor: number, mode: number): void {
  check(systemCall("fchmod", descriptor, mode), "chmod");
}

export function fchown(descriptor: number, uid: number, gid: number): void {
  check(systemCall("fchown", descriptor, uid, gid), "chown");
}

/** `struct statfs` of a 64-bit architecture. */
export function fstatfs(descriptor: number): Buffer {
  const status = Buffer.alloc(120);
  check(systemCall("fstatfs", descriptor, status), "statfs");
  return status;
}

/** As `fstatfs`, of what is at a path, links followed. */
export function statfs(path: Name): Buffer {
  const status = Buffer.alloc(120);
  check(systemCall("statfs", cString(path), status), "statfs", path);
  return status;
}

/** Whether any process has the file open for writing, found by a read lease (fcntl(2), F_SETLEASE). */
export function isOpenForWriting(descriptor: number): boolean {
  const [F_SETLEASE, F_RDLCK, F_UNLCK] = [1024, 0, 2];
  if (systemCall("fcntl", descriptor, F_SETLEASE, F_RDLCK) < 0) return lastErrno() === EAGAIN;
  systemCall("fcntl", descriptor, F_SETLEASE, F_UNLCK);
  return false;
}

export const LOCK_EX = 2;
export const LOCK_NB = 4;

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

export function fchdir(directory: number): void {
  check(systemCall("fchdir", directory), "fchdir");
}
