import { directive } from "../model/directive.ts";
import { type BitsCondition, errno, type FilterRules, forbid } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";

const EPERM = 1;
const PROT_WRITE_AND_EXEC = 6n;
const PROT_EXEC = 4n;
const SHM_EXEC = 0x8000n;

export const MemoryDenyWriteExecute = directive({
  name: "MemoryDenyWriteExecute",
  summary: "Prohibits memory mappings that are both writable and executable, and making mappings executable",
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 22, ...grade("yes") },
  deviation:
    "Implemented as a system call filter, as in systemd on kernels before 6.3, instead of prctl(PR_SET_MDWE), which affects only the calling process. 32-bit x86 system calls are refused altogether, as filters cannot read the arguments of their mmap(2) and shmat(2).",
  filter: { order: 30, rules: (enabled) => (enabled ? writeExecuteFilter() : undefined) },
});

function writeExecuteFilter(): FilterRules {
  const rules = [
    { calls: ["mmap", "mmap2"], when: [flags(PROT_WRITE_AND_EXEC)] },
    { calls: ["mprotect", "pkey_mprotect"], when: [flags(PROT_EXEC)] },
    { calls: ["shmat"], when: [flags(SHM_EXEC)] },
  ];
  return { ...forbid(errno(EPERM), rules), closes: ["SCMP_ARCH_X86"] };
}

function flags(mask: bigint): BitsCondition {
  return { argument: 2, mask, value: mask };
}
