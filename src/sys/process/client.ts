import { using } from "../files/directory.ts";
import { listDirectory, readRecord, readText } from "../files/files.ts";
import { type FileStatus, statusOf } from "../files/status.ts";
import { readlinkat } from "../kernel/fileCalls.ts";
import { AT_FDCWD, close, copyDescriptor, replaceDescriptor, waitToRead } from "../kernel/libc.ts";
import { openProcess, takeDescriptor } from "../kernel/processCalls.ts";
import { hasCode } from "../kernel/system.ts";
import { ownUmask, setUmask } from "./umask.ts";

/** The process that a command acts for: the one that started it, or would have, without a standby process. */
export interface Client {
  /** The process whose streams, directory, umask and limits count; dynuser's own without a standby process. */
  readonly pid: number;
  /** Its parent, or itself if it becomes the low-level runtime: the claim ends with this process. */
  readonly parent: number;
}

export function ownClient(): Client {
  return { pid: process.pid, parent: process.ppid };
}

/** A client of a standby process, and its child that has the line open. */
export interface LineHolder extends Client {
  readonly holder: number;
}

/** Whether this is a standby process, and acts for another one. */
export function isServed(client: Client): boolean {
  return "holder" in client;
}

/**
 * Acts with these standard streams of the client, its current directory and umask. Undefined where the client has ended, is not the
 * process that has the line open, or is isolated in another way than this process.
 * @param line the terminal line that the client's child must have open
 * @param view `viewOf("self")`
 * @param act receives the client's command line
 */
export async function runAs<T>(
  client: LineHolder,
  line: FileStatus,
  view: string | undefined,
  streams: readonly StandardStream[],
  act: (commandLine: readonly string[]) => Promise<T> | undefined,
): Promise<T | undefined> {
  own ??= { streams: [0, 1, 2].map(copyDescriptor), directory: process.cwd() };
  const umask = ownUmask();
  try {
    const commandLine = enter(client, line, view, streams);
    return commandLine === undefined ? undefined : await act(commandLine);
  } finally {
    for (const stream of streams) replaceDescriptor(own.streams[stream]!, stream);
    process.chdir(own.directory);
    setUmask(umask);
  }
}

export type StandardStream = 0 | 1 | 2;

/** What this process has between its clients: known from the first one on, so that it is not asked for each. */
let own: { readonly streams: readonly number[]; readonly directory: string } | undefined;

/** The handles come first, so that a number that is another process's by then is noticed at the end. */
function enter(
  client: LineHolder,
  line: FileStatus,
  view: string | undefined,
  streams: readonly StandardStream[],
): readonly string[] | undefined {
  const { pid, holder } = client;
  if ([pid, holder, client.parent].includes(process.pid)) return undefined;
  return unlessEnded(() =>
    using(openProcess(pid), (handle) =>
      using(openProcess(holder), (holderHandle) => {
        const [status, holderStatus] = [readStatus(pid), readStatus(holder)];
        const isClient = statusField(holderStatus, "PPid") === String(pid) && hasOpen(holder, line);
        const isParent = [String(pid), statusField(status, "PPid")].includes(String(client.parent));
        const hasView = viewFrom(pid, status) === view && viewFrom(holder, holderStatus) === view;
        // any process could name another one; the client's child has the line itself open
        if (!isClient || !isParent || !hasView) return undefined;
        for (const stream of streams) moveDescriptor(takeDescriptor(handle, stream), stream);
        setUmask(Number.parseInt(statusField(status, "Umask"), 8));
        process.chdir(`/proc/${pid}/cwd`);
        const commandLine = readRecord(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
        return [handle, holderHandle].some(hasEnded) ? undefined : commandLine;
      }),
    ),
  );
}

function unlessEnded<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

function hasOpen(pid: number, { dev, ino }: FileStatus): boolean {
  return listDirectory(`/proc/${pid}/fd`).some((descriptor) => {
    const file = statusOf(`/proc/${pid}/fd/${descriptor}`);
    return file?.dev === dev && file.ino === ino;
  });
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
 * How a process is isolated: two processes of the same view see the same host under the same names and may do the same.
 * Undefined for one that has ended.
 */
export function viewOf(pid: number | "self"): string | undefined {
  try {
    return viewFrom(pid, readStatus(pid));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

const NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
const RIGHTS = ["Uid", "Gid", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters"];

function viewFrom(pid: number | "self", status: string): string {
  const root = statusOf(`/proc/${pid}/root`);
  const namespaces = NAMESPACES.map((type) => namespaceOf(pid, type));
  return [
    root?.dev,
    root?.ino,
    ...namespaces,
    ...RIGHTS.map((name) => statusField(status, name)),
    securityLabel(pid),
  ].join();
}

/** A kernel without time namespaces has no such file. */
function namespaceOf(pid: number | "self", type: string): string {
  try {
    return readlinkat(AT_FDCWD, `/proc/${pid}/ns/${type}`).toString();
  } catch (error) {
    if (type === "time" && hasCode(error, "ENOENT") && statusOf("/proc/self/ns/time") === undefined) return "none";
    throw error;
  }
}

/** Of SELinux, AppArmor or Smack; none of them can be started later. */
function securityLabel(pid: number | "self"): string {
  hasLabels ??= readLabel("self") !== undefined;
  return (hasLabels ? readLabel(pid) : undefined) ?? "";
}

let hasLabels: boolean | undefined;

/** EINVAL without any of them. */
function readLabel(pid: number | "self"): string | undefined {
  try {
    return readText(`/proc/${pid}/attr/current`);
  } catch (error) {
    if (hasCode(error, "EINVAL", "EOPNOTSUPP", "ENOTSUP")) return undefined;
    throw error;
  }
}

function readStatus(pid: number | "self"): string {
  return readRecord(`/proc/${pid}/status`);
}

/** A line of proc(5)'s status by its name. */
function statusField(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
}
