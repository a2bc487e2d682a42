import { readRecord } from "../files/files.ts";

/** Numbers of capabilities(7). */
const NUMBERS = { CAP_SYS_ADMIN: 21, CAP_MKNOD: 27 } as const;

/** Whether this process has a capability in its own user namespace. */
export function hasCapability(name: keyof typeof NUMBERS): boolean {
  const effective = /^CapEff:\t([0-9a-f]+)$/m.exec(readRecord("/proc/self/status"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> BigInt(NUMBERS[name])) & 1n) === 1n;
}
