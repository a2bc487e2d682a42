import { O_DIRECTORY } from "../kernel/callNumbers.ts";
import { close, type Name, nameText, openat } from "../kernel/libc.ts";
import { hasCode, SystemError } from "../kernel/system.ts";
import { openToRead } from "./directory.ts";
import { readNames } from "./names.ts";
import { type FileStatus, readStatusAt, statusAt } from "./status.ts";

/** One entry of a tree, while its directory is open. */
export type Visit = (directory: number, name: Buffer, entry: FileStatus) => void;

/**
 * Visits everything below `top`, a directory's contents before the directory itself; `top` itself is not visited.
 * Never follows a link, never enters a mount (it is visited as an entry whose mountId differs). Any depth: at most
 * `MAXIMUM_OPEN` directories are open, others are found again through `..` and have to be what they were.
 */
export function walkTree(top: number, visit: Visit): void {
  const frames: Frame[] = [];
  try {
    push(frames, openToRead(top, "."), undefined);
    while (frames.length > 0) step(frames, visit);
  } finally {
    for (const frame of frames) if (frame.descriptor !== undefined) close(frame.descriptor);
  }
}

const MAXIMUM_OPEN = 32;

interface Frame {
  descriptor: number | undefined;
  readonly entry: FileStatus;
  /** Its name in the frame above; undefined for the top. */
  readonly name: Buffer | undefined;
  readonly left: Buffer[];
}

function push(frames: Frame[], descriptor: number, name: Buffer | undefined): void {
  const far = frames[frames.length - MAXIMUM_OPEN];
  try {
    frames.push({ descriptor, entry: readStatusAt(descriptor), name, left: readNames(descriptor) });
  } catch (error) {
    close(descriptor);
    throw error;
  }
  if (far?.descriptor === undefined) return;
  close(far.descriptor);
  far.descriptor = undefined;
}

function step(frames: Frame[], visit: Visit): void {
  const frame = frames[frames.length - 1]!;
  const directory = frame.descriptor!;
  const name = frame.left.pop();
  const entry = name === undefined ? undefined : statusAt(directory, name);
  if (name === undefined) {
    leave(frames, visit);
  } else if (entry !== undefined) {
    const below = isOwnDirectory(entry, frame) ? enter(directory, name) : undefined;
    if (below === undefined) visit(directory, name, entry);
    else push(frames, below, name);
  }
}

function isOwnDirectory(entry: FileStatus, above: Frame): boolean {
  return entry.type === "directory" && entry.mountId === above.entry.mountId;
}

/** Undefined when it became something else than a directory, or a mount point, or nothing. */
function enter(directory: number, name: Name): number | undefined {
  try {
    return openToRead(directory, name);
  } catch (error) {
    if (hasCode(error, "ELOOP", "ENOTDIR", "EXDEV", "ENOENT")) return undefined;
    throw error;
  }
}

function leave(frames: Frame[], visit: Visit): void {
  const frame = frames.pop()!;
  const above = frames[frames.length - 1];
  try {
    if (above === undefined || frame.name === undefined) return;
    above.descriptor ??= reopen(frame, above);
    visit(above.descriptor, frame.name, frame.entry);
  } finally {
    close(frame.descriptor!);
  }
}

/** `..` is where the directory is now: another process may have moved it, even out of the tree. */
function reopen(frame: Frame, above: Frame): number {
  const descriptor = openat(frame.descriptor!, "..", O_DIRECTORY);
  const found = readStatusAt(descriptor);
  if (found.identity === above.entry.identity && found.mountId === above.entry.mountId) return descriptor;
  close(descriptor);
  throw new SystemError("ESTALE", "leave", nameText(frame.name ?? ""));
}
