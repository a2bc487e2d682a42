import { using } from "./directory.ts";
import { readText, statusOf } from "./files.ts";
import {
  AT_FDCWD,
  close,
  copyDescriptor,
  openProcess,
  readlinkat,
  replaceDescriptor,
  takeDescriptor,
  waitToRead,
} from "./libc.ts";
import { hasCode } from "./system.ts";

/*
 * Whose call we are at. Mostly it is our parent's; a process that stands by (commands/standby.ts) takes the place of one
 * caller after the other.
 */

/** A process in whose place we do something. */
export interface Asker {
  readonly pid: number;
  /** Who has started it, or itself: the one that would have started us. */
  readonly parent: number;
}

let asker: Asker | undefined;

/** The process that has started us, or would have. */
export function callerPid(): number {
  return asker?.parent ?? process.ppid;
}

/** `/proc/PID` of the process in whose place we are, our own otherwise. */
export function ownProc(): string {
  return `/proc/${asker?.pid ?? "self"}`;
}

/** Us, and in whose place we are. */
export function ownPids(): readonly number[] {
  return asker === undefined ? [process.pid] : [process.pid, asker.pid];
}

/**
 * Acts with its standard streams, current directory and umask. Undefined where it has gone, or has another view than ours.
 * @param act gets its command line
 */
export async function inPlaceOf<T>(
  one: Asker,
  view: string | undefined,
  act: (commandLine: readonly string[]) => Promise<T> | undefined,
): Promise<T | undefined> {
  const own = { streams: STREAMS.map(copyDescriptor), directory: process.cwd(), umask: process.umask() };
  try {
    const commandLine = enter(one.pid, view);
    if (commandLine === undefined) return undefined;
    asker = one;
    return await act(commandLine);
  } finally {
    asker = undefined;
    for (const stream of STREAMS) moveDescriptor(own.streams[stream]!, stream);
    process.chdir(own.directory);
    process.umask(own.umask);
  }
}

const STREAMS = [0, 1, 2];

function enter(pid: number, view: string | undefined): readonly string[] | undefined {
  try {
    return using(openProcess(pid), (handle) => {
      if (viewOf(pid) !== view) return undefined;
      for (const stream of STREAMS) moveDescriptor(takeDescriptor(handle, stream), stream);
      process.umask(Number.parseInt(statusFields(pid, ["Umask"])[0]!, 8));
      process.chdir(`/proc/${pid}/cwd`);
      const commandLine = readText(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
      // last, since its number may have become another's on the way
      return hasEnded(handle) ? undefined : commandLine;
    });
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** See pidfd_open(2). */
function hasEnded(handle: number): boolean {
  return waitToRead(handle, 0);
}

function moveDescriptor(from: number, to: number): void {
  replaceDescriptor(from, to);
  close(from);
}

/**
 * What a process sees of the host and may do there: the same for two of them when everything has the same name for both and
 * both have the same rights. Undefined for one that has gone.
 */
export function viewOf(pid: number | "self"): string | undefined {
  try {
    return describeView(pid);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

/** All but those that nothing we do depends on. */
const NAMESPACES = ["cgroup", "ipc", "mnt", "pid", "user", "uts"];

function describeView(pid: number | "self"): string {
  const root = statusOf(`/proc/${pid}/root`);
  const namespaces = NAMESPACES.map((type) => readlinkat(AT_FDCWD, `/proc/${pid}/ns/${type}`).toString());
  return [root?.dev, root?.ino, ...namespaces, ...statusFields(pid, ["Uid", "Gid", "CapEff", "CapBnd"])].join();
}

/** Lines of proc(5)'s status by their names. */
function statusFields(pid: number | "self", names: readonly string[]): readonly string[] {
  const text = readText(`/proc/${pid}/status`);
  return names.map((name) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "");
}
