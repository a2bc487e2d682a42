import type { DeviceNumber, FileType } from "../../model/facts.ts";
import { tryStatx } from "../kernel/fileCalls.ts";
import { AT_FDCWD, type Name, nameText, statfs } from "../kernel/libc.ts";
import { SystemError } from "../kernel/system.ts";

/** What is behind one name, as struct statx of linux/stat.h has it, the same on every architecture. */
export class FileStatus {
  readonly #statx: Buffer;

  constructor(statx: Buffer) {
    this.#statx = statx;
  }

  get type(): FileType {
    return FILE_TYPES[this.#typeAndMode >> 12] ?? "file";
  }

  /** Permission and set-id bits. */
  get mode(): number {
    return this.#typeAndMode & 0o7777;
  }

  get uid(): number {
    return this.#statx.readUInt32LE(20);
  }

  get gid(): number {
    return this.#statx.readUInt32LE(24);
  }

  get links(): number {
    return this.#statx.readUInt32LE(16);
  }

  get ino(): number {
    return Number(this.#statx.readBigUInt64LE(32));
  }

  /** In bytes. */
  get size(): number {
    return Number(this.#statx.readBigUInt64LE(40));
  }

  /** In bytes, as allocated on disk. */
  get allocated(): number {
    return Number(this.#statx.readBigUInt64LE(48)) * 512;
  }

  get ctimeMs(): number {
    return this.#timeAt(96);
  }

  get mtimeMs(): number {
    return this.#timeAt(112);
  }

  get rdev(): number {
    return this.#deviceAt(128);
  }

  get dev(): number {
    return this.#deviceAt(136);
  }

  /** The same for two names of one file, and for nothing else on the machine. */
  get identity(): string {
    return `${this.dev} ${this.#statx.readBigUInt64LE(32)}`;
  }

  /** Changes where another file system or a bind mount begins. */
  get mountId(): bigint {
    return this.#statx.readBigUInt64LE(144);
  }

  /** Of a device node. */
  get node(): DeviceNumber | undefined {
    if (this.type !== "device") return undefined;
    return this.#numberAt(128, this.#typeAndMode >> 12 === BLOCK_DEVICE ? "b" : "c");
  }

  /** The device that its file system lies on. */
  get fileSystem(): DeviceNumber {
    return this.#numberAt(136, "b");
  }

  isDirectory(): boolean {
    return this.type === "directory";
  }

  isFile(): boolean {
    return this.#typeAndMode >> 12 === REGULAR_FILE;
  }

  isCharacterDevice(): boolean {
    return this.node?.type === "c";
  }

  get #typeAndMode(): number {
    return this.#statx.readUInt16LE(28);
  }

  #timeAt(offset: number): number {
    return Number(this.#statx.readBigInt64LE(offset)) * 1000 + this.#statx.readUInt32LE(offset + 8) / 1e6;
  }

  #numberAt(offset: number, type: DeviceNumber["type"]): DeviceNumber {
    return { type, major: this.#statx.readUInt32LE(offset), minor: this.#statx.readUInt32LE(offset + 4) };
  }

  /** As makedev(3) has it. */
  #deviceAt(offset: number): number {
    const { major, minor } = this.#numberAt(offset, "c");
    return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
  }
}

const BLOCK_DEVICE = 6;
const REGULAR_FILE = 8;

/** S_IFMT, shifted. */
const FILE_TYPES: Readonly<Record<number, FileType>> = {
  1: "fifo",
  2: "device",
  4: "directory",
  [BLOCK_DEVICE]: "device",
  [REGULAR_FILE]: "file",
  10: "link",
  12: "socket",
};

/** What is at `path`, links followed; undefined when nothing is. */
export function statusOf(path: string): FileStatus | undefined {
  return decode(tryStatx(AT_FDCWD, path, "followed"));
}

/** What is at `path`, a link being a link; undefined when nothing is. */
export function statusOfLink(path: string): FileStatus | undefined {
  return statusAt(AT_FDCWD, path);
}

/** What is at `name` below a directory's descriptor, a link being a link; undefined when nothing is. */
export function statusAt(directory: number, name: Name): FileStatus | undefined {
  return decode(tryStatx(directory, name, "not followed"));
}

/**
 * As `statusAt`; of the descriptor itself when the name is empty.
 * @throws SystemError when nothing is there
 */
export function readStatusAt(directory: number, name: Name = ""): FileStatus {
  const status = statusAt(directory, name);
  if (status === undefined) throw new SystemError("ENOENT", "stat", nameText(name));
  return status;
}

function decode(statx: Buffer | undefined): FileStatus | undefined {
  return statx && new FileStatus(statx);
}

/** Another text when another file is at `path`, or it has changed. */
export function fileVersionOf(path: string): string {
  const status = statusOf(path);
  return status === undefined ? "none" : `${status.ino}-${status.mtimeMs}-${status.size}`;
}

/** The magic number of the file system there (statfs(2)). */
export function fileSystemOf(path: string): number {
  return statfs(path).readUInt32LE(0);
}
