import { localArchitectures } from "../values/architecture.ts";
import type { Assess } from "./assessor.ts";
import type { Calls } from "./calls.ts";
import type { Evidence } from "./evidence.ts";

/** Assessors of the system call filter. */
export const CALLS = {
  LockPersonality: ({ calls }) => Number(mayAny(calls, PERSONALITIES)),
  MemoryDenyWriteExecute: ({ calls }) => Number(mayAny(calls, EXECUTABLE_MEMORY)),
  RestrictRealtime: ({ calls }) => Number(mayAny(calls, REALTIME)),
  RestrictSUIDSGID: ({ calls }) => Number(mayAny(calls, SET_ID_FILES)),
  RestrictAddressFamilies_AF_INET_INET6: ({ calls }) => Number([2, 10].some((family) => maySocket(family, calls))),
  RestrictAddressFamilies_AF_UNIX: ({ calls }) => Number(maySocket(1, calls)),
  RestrictAddressFamilies_AF_NETLINK: ({ calls }) => Number(maySocket(16, calls)),
  RestrictAddressFamilies_AF_PACKET: ({ calls }) => Number(maySocket(17, calls)),
  RestrictAddressFamilies_OTHER: ({ calls }) => Number(RARE_FAMILIES.some((family) => maySocket(family, calls))),
  SystemCallArchitectures: assessArchitectures,
} as const satisfies Record<string, Assess>;

/** unshare(2) and clone(2); a filter must deny clone3(2) as a whole, as it cannot read its flags. */
export function mayMakeNamespace(flag: number, { calls }: Evidence): boolean {
  const flags = BigInt(flag);
  return calls.mayCallWith("unshare", [flags]) || calls.mayCallWith("clone", [flags]) || calls.mayCall("clone3");
}

type Attempt = readonly [call: string, ...args: readonly bigint[]];

function mayAny(calls: Calls, attempts: readonly Attempt[]): boolean {
  return attempts.some(([call, ...args]) => calls.mayCallWith(call, args));
}

/** PER_LINUX32, ADDR_NO_RANDOMIZE and READ_IMPLIES_EXEC. */
const PERSONALITIES: readonly Attempt[] = [
  ["personality", 0x8n],
  ["personality", 0x0004_0000n],
  ["personality", 0x0040_0000n],
];

/** PROT_READ, PROT_WRITE and PROT_EXEC; SHM_EXEC. */
const EXECUTABLE_MEMORY: readonly Attempt[] = [
  ["mmap", 0n, 4096n, 7n],
  ["mprotect", 0n, 4096n, 5n],
  ["pkey_mprotect", 0n, 4096n, 5n],
  ["shmat", 0n, 0n, 0x8000n],
];

/** SCHED_FIFO, SCHED_RR and SCHED_DEADLINE. */
const REALTIME: readonly Attempt[] = [
  ["sched_setscheduler", 0n, 1n],
  ["sched_setscheduler", 0n, 2n],
  ["sched_setscheduler", 0n, 6n],
];

const O_CREAT = 0o100n;

const SET_ID_FILES: readonly Attempt[] = [0o4755n, 0o2755n].flatMap((mode): readonly Attempt[] => [
  ["chmod", 0n, mode],
  ["fchmod", 0n, mode],
  ["fchmodat", 0n, 0n, mode],
  ["mkdirat", 0n, 0n, mode],
  ["openat", 0n, 0n, O_CREAT, mode],
]);

const FAMILIES = 46;
const COMMON_FAMILIES = [0, 1, 2, 10, 16, 17];
const RARE_FAMILIES = Array.from({ length: FAMILIES }, (_, family) => family).filter(
  (family) => !COMMON_FAMILIES.includes(family),
);

function maySocket(family: number, calls: Calls): boolean {
  return calls.mayCallWith("socket", [BigInt(family)]);
}

/** A profile without a list applies to the native architecture only. */
function assessArchitectures({ spec }: Evidence): number {
  const { native, compatible } = localArchitectures();
  const { seccomp } = spec.linux ?? {};
  if (seccomp === undefined) return 10;
  const open = seccomp.architectures ?? [];
  if (!compatible.some((one) => open.includes(one))) return 0;
  return compatible.every((one) => open.includes(one)) && open.includes(native) ? 10 : 8;
}
