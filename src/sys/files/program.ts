import { O_NONBLOCK, O_RDONLY } from "../kernel/callNumbers.ts";
import { hasAttribute } from "../kernel/fileCalls.ts";
import { AT_FDCWD, fstatfs, isOpenForWriting, readInto } from "../kernel/libc.ts";
import { openat2 } from "../kernel/openat2.ts";
import { using } from "./directory.ts";

/** What execve(2) looks at in a file before it runs it. */
export interface ProgramFile {
  /** Its beginning, as much as the kernel reads for a script (BINPRM_BUF_SIZE), and the headers of an ELF file. */
  readonly header: Buffer;
  /** Its mount has the flag noexec. */
  readonly isNoExec: boolean;
  /** A process has it open for writing (ETXTBSY). */
  readonly isBusy: boolean;
}

const HEADER_BYTES = 4096;
const RESOLVE_NO_SYMLINKS = 0x04;
/** statfs(2). */
const ST_NOEXEC = 8n;

/**
 * @param path of a regular file, without a symbolic link in it
 * @throws SystemError when it cannot be opened
 */
export function readProgramFile(path: string): ProgramFile {
  return using(openat2(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, RESOLVE_NO_SYMLINKS), (file) => {
    const buffer = Buffer.alloc(HEADER_BYTES);
    const header = buffer.subarray(0, readInto(file, buffer));
    const isNoExec = (fstatfs(file).readBigUInt64LE(80) & ST_NOEXEC) !== 0n;
    return { header, isNoExec, isBusy: isOpenForWriting(file) };
  });
}

/** Whether an access list (acl(5)) decides about the file, so that its mode alone does not. */
export function hasAccessList(path: string): boolean {
  return hasAttribute(path, "system.posix_acl_access");
}
