import { CString, dlopen, ptr, read } from "bun:ffi";
import { SystemError } from "../kernel/system.ts";
import type { Group, Names, User } from "./names.ts";

/**
 * The names that the C library finds, without systemd's own dynamic users: as in systemd's allocator these are recognised by
 * their locked files (src/core/dynamic-user.c), so that a running service is not taken for a static user.
 */
export function nameService(): Names {
  const libc = openLibrary();
  return {
    findUser: (key) => {
      const call = typeof key === "string" ? libc.getpwnam_r : libc.getpwuid_r;
      return look(call, key, PASSWD_SIZE, readUser);
    },
    findGroup: (key) => {
      const call = typeof key === "string" ? libc.getgrnam_r : libc.getgrgid_r;
      return look(call, key, GROUP_SIZE, readGroup);
    },
    groupsOf: (name, gid) => groupList(libc, name, gid),
  };
}

let opened: Library | undefined;

/** Once: the memory that opening it takes is never freed. */
function openLibrary(): Library {
  if (opened !== undefined) return opened;
  opened = dlopen("libc.so.6", SIGNATURES).symbols as Library;
  opened.setenv(cString("SYSTEMD_NSS_DYNAMIC_BYPASS"), cString("1"), 1);
  return opened;
}

const SIGNATURES = {
  setenv: { args: ["ptr", "ptr", "int"], returns: "int" },
  getpwnam_r: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "int" },
  getpwuid_r: { args: ["u32", "ptr", "ptr", "u64", "ptr"], returns: "int" },
  getgrnam_r: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "int" },
  getgrgid_r: { args: ["u32", "ptr", "ptr", "u64", "ptr"], returns: "int" },
  getgrouplist: { args: ["ptr", "u32", "ptr", "ptr"], returns: "int" },
} as const;

type Call = (...args: readonly unknown[]) => number;
type Library = { readonly [K in keyof typeof SIGNATURES]: Call };

// struct passwd { char *name, *passwd; uid_t uid; gid_t gid; char *gecos, *dir, *shell; } on 64-bit Linux
const PASSWD_SIZE = 48;
// struct group { char *name, *passwd; gid_t gid; char **members; }
const GROUP_SIZE = 32;

function readUser(record: number): User {
  return {
    name: textAt(record, 0),
    uid: read.u32(record, 16),
    gid: read.u32(record, 20),
    home: textAt(record, 32),
    shell: textAt(record, 40),
  };
}

function readGroup(record: number): Group {
  return { name: textAt(record, 0), gid: read.u32(record, 16) };
}

function textAt(record: number, offset: number): string {
  const pointer = read.ptr(record, offset);
  return pointer === 0 ? "" : new CString(pointer).toString();
}

const ERANGE = 34;
/** Errors of this process and not of the database: they must not make a user unknown. */
const FAILURES: Readonly<Record<number, string>> = { 4: "EINTR", 5: "EIO", 12: "ENOMEM", 23: "ENFILE", 24: "EMFILE" };

function look<T>(
  call: Call,
  key: string | number,
  recordSize: number,
  readRecord: (record: number) => T,
): T | undefined {
  const argument = typeof key === "string" ? cString(key) : key;
  const record = Buffer.alloc(recordSize);
  const found = new BigUint64Array(1);
  for (let size = 4096; ; size *= 4) {
    const strings = Buffer.alloc(size);
    const errno = call(argument, record, strings, size, found);
    if (errno === ERANGE && size < MAX_RECORD) continue;
    const code = FAILURES[errno];
    if (code !== undefined) throw new SystemError(code, "look up user or group", String(key));
    return found[0] === 0n ? undefined : readRecord(ptr(record));
  }
}

const MAX_RECORD = 16 * 1024 * 1024;

function groupList(libc: Library, name: string, gid: number): readonly number[] {
  const size = new Int32Array([64]);
  for (;;) {
    const groups = new Uint32Array(size[0]!);
    if (libc.getgrouplist(cString(name), gid, groups, size) >= 0) return [...groups.subarray(0, size[0])];
    if (size[0]! <= groups.length) throw new SystemError("ENOMEM", "look up groups of", name);
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
