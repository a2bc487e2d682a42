import {
  appendOnce,
  closeFile,
  O_APPEND,
  O_CREAT,
  O_NOFOLLOW,
  O_WRONLY,
  openFile,
  renameFile,
  statusOf,
  statusOfDescriptor,
} from "../sys/files.ts";
import { flock, LOCK_EX, LOCK_NB } from "../sys/libc.ts";
import { hasCode } from "../sys/system.ts";
import { failedCall } from "./failure.ts";
import type { Holder } from "./holder.ts";
import { makeTrusted, type Registry } from "./registry.ts";

/** How it came that a container no longer has its user. */
export type Why =
  /** Given back in order. */
  | "stopped"
  /** Its start did not succeed. */
  | "failed"
  /** Found by a later call: it, or who should have given it back, was killed. */
  | "collected"
  /** The host was started anew. */
  | "reboot";

/** One number that one container had as its user or group. The line that tells of its end repeats all of its begin. */
export interface Period {
  readonly uid: number;
  readonly name: string;
  readonly container: string;
  readonly engine?: string;
  readonly image?: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly to?: string;
  readonly why?: Why;
  readonly boot: string;
}

/*
 * The ledger is DIRECTORY/ledger, one JSON object per line, and the older ledger.1 to ledger.7. It is for people who ask
 * later who a UID was; nothing that gives or frees a UID ever reads it. So it is neither synced to the disk nor waited
 * for, and a disk that takes no more of it stops no start: that is told, and the line of the end has everything again.
 */

const SIZE_BYTES = 4 * 1024 * 1024;
export const OLDER_FILES = 7;

export function noteBegin(holder: Holder, registry: Registry): void {
  append(periodsOf(holder), registry);
}

export function noteEnd(holder: Holder, why: Why, registry: Registry): void {
  const to = new Date().toISOString();
  append(
    periodsOf(holder).map((period) => ({ ...period, to, why })),
    registry,
  );
}

/** Newest first. */
export function ledgerFiles(directory: string): readonly string[] {
  return Array.from({ length: OLDER_FILES + 1 }, (_, age) => pathOf(directory, age));
}

/** Users that the host has anyway are not recorded. */
export function periodsOf(holder: Holder): readonly Period[] {
  const { lease, groupLease, uid, gid, origin, id, createdAt, claimer } = holder;
  const { container = id, ...from } = origin ?? {};
  const rest = { container, ...from, from: createdAt, boot: claimer.bootId };
  return [
    ...(lease.startsWith("static=") ? [] : [{ uid, name: lease, ...rest }]),
    ...(groupLease === undefined ? [] : [{ uid: gid, name: groupLease, ...rest }]),
  ];
}

function append(periods: readonly Period[], registry: Registry): void {
  if (periods.length === 0) return;
  const { ledger } = registry.places;
  try {
    const descriptor = openLedger(ledger);
    try {
      // Line breaks come first, so that what a full disk left unfinished damages nobody else's line.
      appendOnce(descriptor, `\n${periods.map((period) => JSON.stringify(period)).join("\n")}`, pathOf(ledger, 0));
      if (statusOfDescriptor(descriptor).size > SIZE_BYTES) rotate(descriptor, ledger);
    } finally {
      closeFile(descriptor);
    }
  } catch (error) {
    const reason = failedCall(error);
    if (reason === undefined) throw error;
    registry.warn(`cannot record who has UID ${periods[0]!.uid} in the ledger: ${reason}; going on without`);
  }
}

function openLedger(directory: string): number {
  const open = () => openFile(pathOf(directory, 0), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    return open();
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    makeTrusted(directory);
    return open();
  }
}

/** Whoever still has the file open adds to it under its next name, which is as good. */
function rotate(descriptor: number, directory: string): void {
  try {
    flock(descriptor, LOCK_EX | LOCK_NB);
  } catch (error) {
    if (hasCode(error, "EAGAIN", "EWOULDBLOCK")) return;
    throw error;
  }
  if (statusOf(pathOf(directory, 0))?.ino !== statusOfDescriptor(descriptor).ino) return;
  for (let age = OLDER_FILES; age > 0; age--) {
    if (statusOf(pathOf(directory, age - 1)) !== undefined)
      renameFile(pathOf(directory, age - 1), pathOf(directory, age));
  }
}

function pathOf(directory: string, age: number): string {
  return age === 0 ? `${directory}/ledger` : `${directory}/ledger.${age}`;
}
