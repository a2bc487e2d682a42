import { closeFile, O_NOCTTY, O_RDWR, openFile } from "../files/files.ts";
import { readStatusAt, statusOf } from "../files/status.ts";
import { mknodat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, fchown } from "../kernel/libc.ts";
import { hasCode } from "../kernel/system.ts";
import type { Streams } from "./process.ts";
import { setUmask } from "./umask.ts";

const NULL_DEVICE = 0x103;
const S_IFCHR = 0o020000;

export const STDIO: Streams = [0, 1, 2];

/**
 * Standard streams for a low-level runtime that changes their owner to the container's user by fchown(2): a private node
 * replaces the host's /dev/null, and afterwards each file's owner is restored, also that of /dev/null itself, which crun
 * opens anew from within the container: streams may be those of another /dev.
 * @param node where that node is made, in a directory that goes with this process
 */
export function withSafeStreams<T>(given: Streams, node: string, use: (streams: Streams) => T): T {
  const device = openNullDevice();
  const before = new Map([...given, device].map((stream) => [stream, statusOfStream(stream)]));
  const streams = given.map((stream) =>
    before.get(stream)?.rdev === NULL_DEVICE ? (tryOpenNull(node) ?? stream) : stream,
  );
  try {
    return use(streams as unknown as Streams);
  } finally {
    for (const [stream, status] of before) restoreOwner(stream, status);
    closeFile(device);
  }
}

export function isSocket(descriptor: number): boolean {
  return statusOfStream(descriptor)?.type === "socket";
}

/** For reading and writing. */
export function openNullDevice(): number {
  return openFile("/dev/null", O_RDWR);
}

/** Opens a file for a stream; a new one has exactly `mode`, whatever our own mask is. */
export function openStream(path: string, flags: number, mode: number): number {
  const mask = setUmask(0);
  try {
    return openFile(path, flags | O_NOCTTY, mode);
  } finally {
    setUmask(mask);
  }
}

/** Undefined for a stream that was closed. */
function statusOfStream(stream: number) {
  try {
    return readStatusAt(stream);
  } catch {
    return undefined;
  }
}

/** Undefined for the root of a user namespace: the kernel lets it make no device, nor change the owner of the host's. */
function tryOpenNull(node: string): number | undefined {
  try {
    if (statusOf(node) === undefined) mknodat(AT_FDCWD, node, S_IFCHR | 0o666, NULL_DEVICE);
    return openFile(node, O_RDWR);
  } catch (error) {
    if (hasCode(error, "EPERM")) return undefined;
    throw error;
  }
}

function restoreOwner(stream: number, before: ReturnType<typeof statusOfStream>): void {
  const now = statusOfStream(stream);
  if (before === undefined || now === undefined) return;
  if (now.uid !== before.uid || now.gid !== before.gid) fchown(stream, before.uid, before.gid);
}
