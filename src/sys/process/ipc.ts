import { systemCall } from "../kernel/libc.ts";

export type SystemVKind = "shm" | "sem" | "msg";

const IPC_RMID = 0;

const REMOVALS: Readonly<Record<SystemVKind, (id: number) => void>> = {
  shm: (id) => systemCall("shmctl", id, IPC_RMID),
  sem: (id) => systemCall("semctl", id, 0, IPC_RMID),
  msg: (id) => systemCall("msgctl", id, IPC_RMID),
};

/** Removes a System V object of this IPC namespace; one that is gone already is fine. */
export function removeSystemV(kind: SystemVKind, id: number): void {
  REMOVALS[kind](id);
}
