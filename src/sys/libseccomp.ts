import { dlopen } from "bun:ffi";

/**
 * Whether this host's libseccomp, which the low-level runtimes use, can name a system call; seccomp_syscall_resolve_name(3).
 * Loaded when it is asked for: most starts forbid nothing that could be unknown. Without the library every call counts
 * as known, for then no filter at all can be loaded and the runtime says so.
 */
export function askLibseccomp(): (call: string) => boolean {
  const resolve = open();
  if (resolve === undefined) return () => true;
  return (call) => resolve(Buffer.from(`${call}\0`)) !== UNKNOWN;
}

/** __NR_SCMP_ERROR; calls of other architectures have other negative numbers. */
const UNKNOWN = -1;

type Resolve = (name: Buffer) => number;

function open(): Resolve | undefined {
  try {
    const { symbols } = dlopen("libseccomp.so.2", {
      seccomp_syscall_resolve_name: { args: ["ptr"], returns: "int" },
    });
    return symbols.seccomp_syscall_resolve_name as unknown as Resolve;
  } catch {
    return undefined;
  }
}
