import type { SeccompSyscall } from "../../oci/spec.ts";

/** BPF_MAXINSNS of the kernel, for one filter. */
export const MOST_INSTRUCTIONS = 4096;

/** Loads and tests of the architecture, of the x32 bit and of the number, and the returns. */
const FOR_EACH_ARCHITECTURE = 16;
const FOR_EACH_CALL = 1;
const FOR_EACH_RULE = 2;
/** Load, mask and test, of one half of an argument or of both. */
const FOR_EACH_COMPARISON = 5;

/** No filter that libseccomp makes of these entries is larger; most are smaller by a quarter. */
export function countInstructions(entries: readonly SeccompSyscall[], architectures: readonly string[]): number {
  const instructions = entries.reduce((sum, entry) => sum + entry.names.length * costOf(entry), 0);
  return architectures.length * (FOR_EACH_ARCHITECTURE + instructions);
}

function costOf({ args }: SeccompSyscall): number {
  const comparisons = args?.length ?? 0;
  return comparisons === 0 ? FOR_EACH_CALL : FOR_EACH_RULE + comparisons * FOR_EACH_COMPARISON;
}
