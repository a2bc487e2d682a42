import { failedCall } from "../sys/failure.ts";
import { closeFile, O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY, openFile, renameFile } from "../sys/files/files.ts";
import { ensureDirectory, PRIVATE } from "../sys/files/ownDirectory.ts";
import { recordFormat } from "../sys/files/recordFile.ts";
import { readStatusAt, statusOf } from "../sys/files/status.ts";
import { appendOnce } from "../sys/files/write.ts";
import { flock, LOCK_EX, LOCK_NB, startSync } from "../sys/kernel/libc.ts";
import { hasCode } from "../sys/kernel/system.ts";
import type { Holder } from "./holderRecord.ts";
import { isStaticLease } from "./lease.ts";
import type { Registry } from "./registry.ts";
import { validate } from "./validatePeriod.gen.ts";

/** Why a container no longer has its user. */
export type ReleaseReason =
  /** It ended and was released. */
  | "stopped"
  /** Its start did not succeed. */
  | "failed"
  /** A later call released it: the container, or the process that should have released it, was killed. */
  | "collected"
  /** The host was rebooted. */
  | "reboot";

/** One number that one container had as its user or group. The line of its end repeats all of its begin. */
export interface Period {
  readonly uid: number;
  readonly name: string;
  readonly container: string;
  readonly engine?: string;
  readonly image?: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly to?: string;
  readonly why?: ReleaseReason;
  readonly boot: string;
}

/*
 * The ledger is DIRECTORY/ledger, one JSON object per line, and the older ledger.1 to ledger.7. It answers later which name
 * had a UID; no allocation or release reads it. So no start waits for the disk, although the kernel begins to write at once. A
 * full disk stops no start: a warning is printed, and the line of the end repeats the line of the begin.
 */

export const periodFormat = recordFormat<Period>("period", validate);

const SIZE_BYTES = 4 * 1024 * 1024;
const OLDER_FILES = 7;

export function noteBegin(holder: Holder, registry: Registry): void {
  append(periodsOf(holder), registry);
}

export function noteEnd(holder: Holder, why: ReleaseReason, registry: Registry): void {
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

/** Static users of the host are not recorded. */
export function periodsOf(holder: Holder): readonly Period[] {
  const { lease, groupLease, uid, gid, origin, id, createdAt, claimer } = holder;
  const { container = id, ...from } = origin ?? {};
  const rest = { container, ...from, from: createdAt, boot: claimer.bootId };
  return [
    ...(isStaticLease(lease) ? [] : [{ uid, name: lease, ...rest }]),
    ...(groupLease === undefined ? [] : [{ uid: gid, name: groupLease, ...rest }]),
  ];
}

function append(periods: readonly Period[], registry: Registry): void {
  if (periods.length === 0) return;
  const { ledger } = registry.paths;
  try {
    const descriptor = openLedger(ledger);
    try {
      // The line break comes first, so that a line which a full disk cut short damages no other one.
      appendOnce(descriptor, `\n${periods.map(periodFormat.format).join("\n")}`, pathOf(ledger, 0));
      startSync(descriptor);
      if (readStatusAt(descriptor).size > SIZE_BYTES) rotate(descriptor, ledger);
    } finally {
      closeFile(descriptor);
    }
  } catch (error) {
    const reason = failedCall(error);
    if (reason === undefined) throw error;
    registry.warn(`cannot record the use of UID ${periods[0]!.uid} in the ledger: ${reason}; going on without`);
  }
}

function openLedger(directory: string): number {
  const open = () => openFile(pathOf(directory, 0), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    return open();
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    ensureDirectory(directory, PRIVATE);
    return open();
  }
}

/** A process that still has the file open appends to it under its next name. */
function rotate(descriptor: number, directory: string): void {
  try {
    flock(descriptor, LOCK_EX | LOCK_NB);
  } catch (error) {
    if (hasCode(error, "EAGAIN", "EWOULDBLOCK")) return;
    throw error;
  }
  if (statusOf(pathOf(directory, 0))?.ino !== readStatusAt(descriptor).ino) return;
  for (let age = OLDER_FILES; age > 0; age--) {
    if (statusOf(pathOf(directory, age - 1)) !== undefined)
      renameFile(pathOf(directory, age - 1), pathOf(directory, age));
  }
}

function pathOf(directory: string, age: number): string {
  return age === 0 ? `${directory}/ledger` : `${directory}/ledger.${age}`;
}
