import { systemCall } from "../kernel/libc.ts";

export type SystemVKind = "shm" | "sem" | "msg";

const IPC_RMID = 0;

/** How many segments, sets or queues there are: the call, its command, and where the answer has the number (`used_ids` …). */
const COUNTS: Readonly<Record<SystemVKind, readonly [call: (info: Buffer) => number, at: number]>> = {
  shm: [(info) => systemCall("shmctl", 0, 14, info), 0],
  sem: [(info) => systemCall("semctl", 0, 0, 19, info), 28],
  msg: [(info) => systemCall("msgctl", 0, 12, info), 0],
};

/** Whether this IPC namespace has any (SHM_INFO, SEM_INFO and MSG_INFO of shmctl(2), semctl(2), msgctl(2)); also true where that is unknown. */
export function hasSystemV(kind: SystemVKind): boolean {
  const [count, at] = COUNTS[kind];
  const info = Buffer.alloc(64);
  return count(info) < 0 || info.readInt32LE(at) !== 0;
}

const REMOVALS: Readonly<Record<SystemVKind, (id: number) => void>> = {
  shm: (id) => systemCall("shmctl", id, IPC_RMID),
  sem: (id) => systemCall("semctl", id, 0, IPC_RMID),
  msg: (id) => systemCall("msgctl", id, IPC_RMID),
};

/** Removes a System V object of this IPC namespace; one that is gone already is fine. */
export function removeSystemV(kind: SystemVKind, id: number): void {
  REMOVALS[kind](id);
}
