/** Runs a filter of the kernel: struct seccomp_data in, SECCOMP_RET_ out. Only what libseccomp emits. */
export function runProgram(
  program: BigUint64Array,
  architecture: number,
  call: number,
  args: readonly bigint[],
): number {
  const data = seccompData(architecture, call, args);
  let accumulator = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jumpTrue, jumpFalse, k } = decode(program[at]!);
    switch (code) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        accumulator = data.getUint32(k, true);
        break;
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05: // BPF_JMP | BPF_JA
        at += k;
        break;
      case 0x15: // BPF_JEQ
        at += accumulator === k ? jumpTrue : jumpFalse;
        break;
      case 0x25: // BPF_JGT
        at += accumulator > k ? jumpTrue : jumpFalse;
        break;
      case 0x35: // BPF_JGE
        at += accumulator >= k ? jumpTrue : jumpFalse;
        break;
      case 0x06: // BPF_RET | BPF_K
        return k;
      default:
        throw new Error(`unexpected instruction ${code.toString(16)}`);
    }
  }
  throw new Error("the program has no end");
}

function decode(instruction: bigint) {
  return {
    code: Number(instruction & 0xffffn),
    jumpTrue: Number((instruction >> 16n) & 0xffn),
    jumpFalse: Number((instruction >> 24n) & 0xffn),
    k: Number(instruction >> 32n),
  };
}

function seccompData(architecture: number, call: number, args: readonly bigint[]): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call >>> 0, true);
  data.setUint32(4, architecture, true);
  args.forEach((arg, index) => {
    data.setBigUint64(16 + index * 8, arg, true);
  });
  return data;
}
