import { AT_FDCWD, check, cString, lastErrno, type Name, NOTHING_THERE, systemCall } from "./libc.ts";

export function mkdirat(directory: number, name: Name, mode: number): void {
  check(systemCall("mkdirat", directory, cString(name), mode), "mkdir", name);
}

const EEXIST = 17;

/** As `mkdirat`; false when something is there already. */
export function tryMkdirat(directory: number, name: Name, mode: number): boolean {
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

/** As `symlinkat`; false when something is there already. */
export function trySymlinkat(target: Name, directory: number, name: Name): boolean {
  const result = systemCall("symlinkat", cString(target), directory, cString(name));
  if (result < 0 && lastErrno() === EEXIST) return false;
  check(result, "symlink", name);
  return true;
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

/** Links are not followed; an empty name means the descriptor itself. */
export function fchownat(directory: number, name: Name, uid: number, gid: number): void {
  const flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  check(systemCall("fchownat", directory, cString(name), uid, gid, flags), "chown", name);
}

/** The target of a symbolic link; an empty name means the descriptor itself (opened with O_PATH | O_NOFOLLOW). */
export function readlinkat(directory: number, name: Name): Buffer {
  const length = systemCall("readlinkat", directory, cString(name), target, target.length);
  return Buffer.from(target.subarray(0, check(length, "readlink", name)));
}

/** One for all links. */
const target = Buffer.alloc(4096);

/** Links are followed. */
export function chmodat(directory: number, name: Name, mode: number): void {
  check(systemCall("fchmodat", directory, cString(name), mode), "chmod", name);
}

/** Works on O_PATH descriptors too, which fchmod(2) does not. */
export function chmodDescriptor(descriptor: number, mode: number): void {
  chmodat(AT_FDCWD, pathOf(descriptor), mode);
}

/** See pwrite(2): writes at a position of the file. */
export function pwrite(descriptor: number, bytes: Uint8Array, offset: number, path: Name = ""): number {
  return check(systemCall("pwrite64", descriptor, bytes, bytes.length, offset), "write", path);
}

/** Whether the file has this extended attribute; false where the file system has none. */
export function hasAttribute(path: string, attribute: string): boolean {
  return systemCall("getxattr", cString(path), cString(attribute)) >= 0;
}

/** An extended attribute of what an O_PATH descriptor stands for; undefined where there is none. */
export function readAttribute(descriptor: number, attribute: string): Buffer | undefined {
  const value = Buffer.alloc(ATTRIBUTE_BYTES);
  const path = cString(`/proc/self/fd/${descriptor}`);
  const length = systemCall("getxattr", path, cString(attribute), value, value.length);
  return length < 0 ? undefined : value.subarray(0, length);
}

const ATTRIBUTE_BYTES = 4096;

export function writeAttribute(descriptor: number, attribute: string, value: Buffer): void {
  const path = cString(`/proc/self/fd/${descriptor}`);
  check(systemCall("setxattr", path, cString(attribute), value, value.length), "setxattr", attribute);
}

/** Removes an extended attribute of what an O_PATH descriptor stands for; fine where there is none. */
export function removeAttribute(descriptor: number, attribute: string): void {
  const ENODATA = 61;
  const EOPNOTSUPP = 95;
  const result = systemCall("removexattr", cString(pathOf(descriptor)), cString(attribute));
  // an error object for each file without ACLs would cost more than all the rest of a chown
  const isAbsent = result < 0 && [ENODATA, EOPNOTSUPP].includes(lastErrno());
  if (!isAbsent) check(result, "removexattr", attribute);
}

export const AT_SYMLINK_NOFOLLOW = 0x100;

const AT_NO_AUTOMOUNT = 0x800;

export const AT_EMPTY_PATH = 0x1000;

/**
 * The raw `struct statx`; see src/sys/entry.ts. An empty name means the descriptor itself.
 * @returns undefined where nothing is
 */
export function tryStatx(directory: number, name: Name, links: "followed" | "not followed"): Buffer | undefined {
  const STATX_BASIC_STATS = 0x7ff;
  const STATX_MNT_ID = 0x1000;
  const result = Buffer.allocUnsafe(256);
  const flags = AT_NO_AUTOMOUNT | AT_EMPTY_PATH | (links === "followed" ? 0 : AT_SYMLINK_NOFOLLOW);
  const code = systemCall("statx", directory, cString(name), flags, STATX_BASIC_STATS | STATX_MNT_ID, result);
  if (code < 0 && NOTHING_THERE.includes(lastErrno())) return undefined;
  check(code, "stat", name);
  return result;
}

/** Fills `buffer` with `struct linux_dirent64`; returns the number of bytes, 0 at the end. */
export function getdents(directory: number, buffer: Buffer): number {
  return check(systemCall("getdents64", directory, buffer, buffer.length), "readdir");
}

/** For calls that take no O_PATH descriptor. */
function pathOf(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}
