import type { DeviceNumber, FileType } from "../facts.ts";
import { getdents, type Name, nameText, tryStatx } from "./libc.ts";
import { SystemError, unlessMissing } from "./system.ts";

/** What is behind one name, links not followed. */
export interface Entry {
  readonly type: FileType;
  readonly uid: number;
  readonly gid: number;
  /** Permission and set-id bits. */
  readonly mode: number;
  readonly links: number;
  /** As allocated on disk. */
  readonly bytes: number;
  /** The same for two names of one file, and for nothing else on the machine. */
  readonly identity: string;
  readonly device: string;
  /** Of a device node. */
  readonly node?: DeviceNumber;
  /** Changes where another file system or a bind mount begins. */
  readonly mountId: bigint;
}

/** Looks at `name` below a directory's descriptor, or at the descriptor itself when the name is empty. */
export function readEntry(directory: number, name: Name = ""): Entry {
  const entry = findEntry(directory, name);
  if (entry === undefined) throw new SystemError("ENOENT", "stat", nameText(name));
  return entry;
}

/** As `readEntry`; undefined when nothing is there. */
export function findEntry(directory: number, name: Name): Entry | undefined {
  const stat = tryStatx(directory, name, "not followed");
  return stat === undefined ? undefined : decode(stat);
}

/** struct statx of linux/stat.h, the same on every architecture. */
function decode(stat: Buffer): Entry {
  const mode = stat.readUInt16LE(28);
  const device = `${stat.readUInt32LE(136)}:${stat.readUInt32LE(140)}`;
  const type = FILE_TYPES[mode >> 12] ?? "file";
  return {
    type,
    uid: stat.readUInt32LE(20),
    gid: stat.readUInt32LE(24),
    mode: mode & 0o7777,
    links: stat.readUInt32LE(16),
    bytes: Number(stat.readBigUInt64LE(48)) * 512,
    identity: `${device} ${stat.readBigUInt64LE(32)}`,
    device,
    ...(type === "device" && { node: readNode(stat, mode) }),
    mountId: stat.readBigUInt64LE(144),
  };
}

function readNode(stat: Buffer, mode: number): DeviceNumber {
  const BLOCK = 6;
  return { type: mode >> 12 === BLOCK ? "b" : "c", major: stat.readUInt32LE(128), minor: stat.readUInt32LE(132) };
}

/** S_IFMT, shifted. */
const FILE_TYPES: Readonly<Record<number, FileType>> = {
  1: "fifo",
  2: "device",
  4: "directory",
  6: "device",
  8: "file",
  10: "link",
  12: "socket",
};

/** The names in a directory, as bytes, without `.` and `..`; none in one that was removed once it was open. */
export function readNames(directory: number): Buffer[] {
  return unlessMissing(() => readAll(directory)) ?? [];
}

function readAll(directory: number): Buffer[] {
  const names: Buffer[] = [];
  const buffer = Buffer.alloc(32768);
  for (;;) {
    const length = getdents(directory, buffer);
    if (length === 0) return names;
    addNames(names, buffer.subarray(0, length));
  }
}

/** struct linux_dirent64: u64 inode, u64 offset, u16 length of the record, u8 type, name with a NUL. */
function addNames(names: Buffer[], records: Buffer): void {
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    const start = at + 19;
    const name = records.subarray(start, records.indexOf(0, start));
    if (!isDots(name)) names.push(Buffer.from(name));
  }
}

function isDots(name: Buffer): boolean {
  const DOT = 0x2e;
  return name[0] === DOT && (name.length === 1 || (name.length === 2 && name[1] === DOT));
}
