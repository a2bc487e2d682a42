/** systemd's words for architectures of system calls and libseccomp's, as SystemCallArchitectures= knows them. */
export const ARCHITECTURES: Readonly<Record<string, string>> = {
  alpha: "SCMP_ARCH_ALPHA",
  arc: "SCMP_ARCH_ARC",
  arm: "SCMP_ARCH_ARM",
  arm64: "SCMP_ARCH_AARCH64",
  loongarch64: "SCMP_ARCH_LOONGARCH64",
  mips: "SCMP_ARCH_MIPS",
  mips64: "SCMP_ARCH_MIPS64",
  "mips64-n32": "SCMP_ARCH_MIPS64N32",
  "mips-le": "SCMP_ARCH_MIPSEL",
  "mips64-le": "SCMP_ARCH_MIPSEL64",
  "mips64-le-n32": "SCMP_ARCH_MIPSEL64N32",
  parisc: "SCMP_ARCH_PARISC",
  parisc64: "SCMP_ARCH_PARISC64",
  ppc: "SCMP_ARCH_PPC",
  ppc64: "SCMP_ARCH_PPC64",
  "ppc64-le": "SCMP_ARCH_PPC64LE",
  riscv64: "SCMP_ARCH_RISCV64",
  s390: "SCMP_ARCH_S390",
  s390x: "SCMP_ARCH_S390X",
  x32: "SCMP_ARCH_X32",
  x86: "SCMP_ARCH_X86",
  "x86-64": "SCMP_ARCH_X86_64",
};

export interface LocalArchitectures {
  readonly native: string;
  /** The other architectures that the kernel supports. */
  readonly compatible: readonly string[];
}

const LOCAL: Readonly<Record<string, LocalArchitectures>> = {
  x64: { native: "SCMP_ARCH_X86_64", compatible: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
  arm64: { native: "SCMP_ARCH_AARCH64", compatible: ["SCMP_ARCH_ARM"] },
};

/** The architectures of this machine, out of those that Bun supports. */
export function localArchitectures(): LocalArchitectures {
  return LOCAL[process.arch] ?? LOCAL["x64"]!;
}
