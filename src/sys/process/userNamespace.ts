import { using } from "../files/directory.ts";
import { O_RDONLY, openFile } from "../files/files.ts";
import { statusOf } from "../files/status.ts";
import { writeText } from "../files/write.ts";
import { keepOpen, lendDescriptor } from "../kernel/libc.ts";
import { cloneSleeper, execve, reapChild } from "../kernel/processCalls.ts";
import { hasCode } from "../kernel/system.ts";
import { readProgram } from "./process.ts";

/** IDs of the host that a user may map into its user namespaces: its own, and ranges of subuid(5). */
export interface OwnIds {
  readonly id: number;
  readonly ranges: readonly IdRange[];
}

export interface IdRange {
  readonly first: number;
  readonly count: number;
}

export interface Restart {
  readonly uids: OwnIds;
  readonly gids: OwnIds;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Open files that the program keeps in addition to the standard streams. */
  readonly descriptors: readonly number[];
}

/** Programs of util-linux and shadow. */
const NSENTER = "/usr/bin/nsenter";
const MAPPERS = { uid: "/usr/bin/newuidmap", gid: "/usr/bin/newgidmap" } as const;

/** How long a child may hold the namespace until this process has it open. */
const HOLD_SECONDS = 60;

/**
 * Starts this program again in this process, as root of a new user namespace in which the caller's ID is 0 and the
 * subordinate ones follow; the caller's ID alone where there are none, or the mapping programs may not map them. A process
 * with threads cannot enter a user namespace itself (setns(2)): nsenter(1) does between the two programs.
 * @throws SystemError where the kernel refuses the namespace, or nsenter is missing
 */
export function restartInUserNamespace({ uids, gids, args, environment, descriptors }: Restart): never {
  const namespace = makeUserNamespace(uids, gids);
  const words = [`--user=/proc/self/fd/${namespace}`, "--preserve-credentials", "--", process.execPath, ...args];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  for (const descriptor of descriptors) keepOpen(descriptor);
  return execve(NSENTER, ["nsenter", ...words], variables);
}

/** A descriptor of it that the next program inherits. */
function makeUserNamespace(uids: OwnIds, gids: OwnIds): number {
  const child = cloneSleeper(HOLD_SECONDS);
  try {
    const isMapped = uids.ranges.length > 0 && gids.ranges.length > 0 && mapRanges(child, "uid", uids);
    if (!isMapped) writeText(`/proc/${child}/uid_map`, `0 ${uids.id} 1\n`);
    if (!isMapped || !mapRanges(child, "gid", gids)) {
      // A user without the right to map groups must not drop any either (user_namespaces(7)).
      writeText(`/proc/${child}/setgroups`, "deny");
      writeText(`/proc/${child}/gid_map`, `0 ${gids.id} 1\n`);
    }
    return using(openFile(`/proc/${child}/ns/user`, O_RDONLY), lendDescriptor);
  } finally {
    process.kill(child, "SIGKILL");
    reapChild(child);
  }
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    return readProgram(program, args, {}).code === 0;
  } catch (error) {
    if (hasCode(error, "EACCES", "ENOEXEC", "EPERM")) return false;
    throw error;
  }
}

/** Root of a container may have CAP_SETUID and CAP_SETGID there. */
function mapAsRoot(child: number, kind: keyof typeof MAPPERS, ranges: readonly IdRange[]): boolean {
  try {
    const lines = ranges.map(({ first, count }) => `${first} ${first} ${count}\n`);
    writeText(`/proc/${child}/${kind}_map`, ["0 0 1\n", ...lines].join(""));
    return true;
  } catch (error) {
    if (hasCode(error, "EPERM", "EINVAL")) return false;
    throw error;
  }
}

/** Whether root could map them itself, or newuidmap(1) and newgidmap(1) have. */
function mapRanges(child: number, kind: keyof typeof MAPPERS, { id, ranges }: OwnIds): boolean {
  if (id === 0) return mapAsRoot(child, kind, ranges);
  const program = MAPPERS[kind];
  if (statusOf(program) === undefined) return false;
  let next = 1;
  const words = ranges.flatMap(({ first, count }) => {
    const range = [next, first, count];
    next += count;
    return range;
  });
  return succeeds(program, [child, 0, id, 1, ...words].map(String));
}
