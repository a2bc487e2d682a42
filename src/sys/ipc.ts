import { dlopen } from "bun:ffi";

export type SystemVKind = "shm" | "sem" | "msg";

/** Removes a System V object of this IPC namespace; one that is gone already is fine. */
export function removeSystemV(kind: SystemVKind, id: number): void {
  const IPC_RMID = 0;
  const libc = dlopen("libc.so.6", SIGNATURES).symbols as unknown as Record<
    string,
    (...args: readonly number[]) => number
  >;
  const remove: Readonly<Record<SystemVKind, () => number>> = {
    shm: () => libc.shmctl!(id, IPC_RMID, 0),
    sem: () => libc.semctl!(id, 0, IPC_RMID),
    msg: () => libc.msgctl!(id, IPC_RMID, 0),
  };
  remove[kind]();
}

const SIGNATURES = {
  shmctl: { args: ["int", "int", "u64"], returns: "int" },
  semctl: { args: ["int", "int", "int"], returns: "int" },
  msgctl: { args: ["int", "int", "u64"], returns: "int" },
} as const;
