import { directive } from "../directive.ts";
import { type BitsCondition, errno, type Filter, forbid } from "../filter.ts";
import { boolean } from "../values/boolean.ts";

const EPERM = 1;
const PROT_WRITE_AND_EXEC = 6n;
const PROT_EXEC = 4n;
const SHM_EXEC = 0x8000n;

export const MemoryDenyWriteExecute = directive({
  name: "MemoryDenyWriteExecute",
  summary: "Refuses memory that can be written and executed, and making memory executable",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "By system call filter, as systemd does on kernels before 6.3 and not by prctl(PR_SET_MDWE), which a process can only do for itself. 32-bit x86 hides the arguments of mmap(2) and shmat(2) from filters, so its calls are refused altogether.",
  *plan(enabled) {
    if (enabled) yield { kind: "seccomp", filter: writeExecuteFilter() };
  },
});

function writeExecuteFilter(): Filter {
  const rules = [
    { calls: ["mmap", "mmap2"], when: [flags(PROT_WRITE_AND_EXEC)] },
    { calls: ["mprotect", "pkey_mprotect"], when: [flags(PROT_EXEC)] },
    { calls: ["shmat"], when: [flags(SHM_EXEC)] },
  ];
  return { ...forbid("MemoryDenyWriteExecute", errno(EPERM), rules), closes: ["SCMP_ARCH_X86"] };
}

function flags(mask: bigint): BitsCondition {
  return { argument: 2, mask, value: mask };
}
