import { readRecord } from "../files/files.ts";
import { hasCall } from "./libc.ts";

/** getpid(2) with __X32_SYSCALL_BIT of asm/unistd.h. */
const X32_GETPID = 0x40000000 + 39;

/**
 * Architectures, as libseccomp calls them, whose system calls this kernel certainly does not have. Nothing is tried under
 * a filter, which may end the caller.
 */
export function missingArchitectures(): readonly string[] {
  return process.arch !== "x64" || isFiltered() || hasCall(X32_GETPID) ? [] : ["SCMP_ARCH_X32"];
}

function isFiltered(): boolean {
  return !/^Seccomp:\t0$/m.test(readRecord("/proc/self/status"));
}
