import { closeFile, O_NOCTTY, O_RDWR, openFile, statusOf, statusOfDescriptor } from "./files.ts";
import { AT_FDCWD, fchown, mknodat } from "./libc.ts";
import type { Streams } from "./process.ts";

const NULL_DEVICE = 0x103;
const S_IFCHR = 0o020000;

export const OURS: Streams = [0, 1, 2];

/**
 * Standard streams for a low-level runtime that gives them to the container's user by fchown(2): in the place of the
 * host's /dev/null a node of our own, and everybody's file gets its owner back. So does /dev/null itself, which crun opens
 * anew, from within the container, for whoever has one: streams may be those of another /dev.
 * @param node where that node is made, in a directory that goes with us
 */
export function lendingStreams<T>(given: Streams, node: string, use: (streams: Streams) => T): T {
  const device = openNullDevice();
  const before = new Map([...given, device].map((stream) => [stream, statusOfStream(stream)]));
  const streams = given.map((stream) => (before.get(stream)?.rdev === NULL_DEVICE ? openNull(node) : stream));
  try {
    return use(streams as unknown as Streams);
  } finally {
    for (const [stream, status] of before) giveBack(stream, status);
    closeFile(device);
  }
}

/** For reading and writing. */
export function openNullDevice(): number {
  return openFile("/dev/null", O_RDWR);
}

/** Opens a file for a stream; a new one has exactly `mode`, whatever our own mask is. */
export function openStream(path: string, flags: number, mode: number): number {
  const mask = process.umask(0);
  try {
    return openFile(path, flags | O_NOCTTY, mode);
  } finally {
    process.umask(mask);
  }
}

/** Undefined for a stream that was closed. */
function statusOfStream(stream: number) {
  try {
    return statusOfDescriptor(stream);
  } catch {
    return undefined;
  }
}

function openNull(node: string): number {
  if (statusOf(node) === undefined) mknodat(AT_FDCWD, node, S_IFCHR | 0o666, NULL_DEVICE);
  return openFile(node, O_RDWR);
}

function giveBack(stream: number, before: ReturnType<typeof statusOfStream>): void {
  const now = statusOfStream(stream);
  if (before === undefined || now === undefined) return;
  if (now.uid !== before.uid || now.gid !== before.gid) fchown(stream, before.uid, before.gid);
}
