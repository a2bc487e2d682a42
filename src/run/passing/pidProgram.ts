import { closeFile, O_RDONLY, openFile, removeFile } from "../../sys/files/files.ts";
import { createFile } from "../../sys/files/write.ts";

/*
 * A program that executes its arguments after it has written its PID into the value of LISTEN_PID= in its environment:
 * sd_listen_fds(3) takes descriptors only from that variable, the environment of a container is made before the kernel
 * chooses a PID, and a rootfs need not hold a shell. A low-level runtime executes it by /proc/self/fd/N; it closes N, as
 * argv[0] names it.
 */

/** The code for each architecture; what the kernel calls here, filters always allow (execve) or the runtime needs (close). */
const CODE: Readonly<Record<string, Machine>> = {
  x64: {
    number: 62,
    code: [
      "4c8b04244c8d4c2408498b314883c60e31ff", // argc and argv; the digits of argv[0] begin at 14
      "0fb60684c0740c6bff0a8d7c07d048ffc6ebed", // the number of the descriptor
      "b8030000000f05", // close(2)
      "b8270000000f05", // getpid(2)
      "4b8d5cc1084889da49ba4c495354454e5f50", // the environment
      "488b3b4885ff743a4883c3084c391775ef817f075049443d75e6", // the variable LISTEN_PID=
      "4883c70b4989d3b90a00000031f631d2f7f183c23052ffc685c075f2", // the digits of the PID, the last one first
      "58aaffce75fac607004c89da", // in its value
      "498d7108488b3eb83b0000000f05", // execve(2) of argv[1]
      "bf7e000000b8e70000000f05", // exit_group(126)
    ],
  },
  arm64: {
    number: 183,
    code: [
      "f30340f9f4230091810240f921380091000080d2430180d2", // argc and argv; the digits of argv[0] begin at 14
      "221440388200003442c000510008039bfcffff17", // the number of the descriptor
      "280780d2010000d4", // close(2)
      "881580d2010000d4", // getpid(2)
      "950e138bb5220091f60315aa04040058c5030018", // the environment
      "c68640f8860200b4c70040f9ff0004eb81ffff54c77040b8ff00056b21ffff54", // the variable LISTEN_PID=
      "c62c0091e90306aaea0300aa4a09c39a29050091caffffb53f010039", // the length of the PID
      "0a08c39a4b81039b6bc100112bfd1f38e0030aaa60ffffb5", // its digits in the value, the last one first
      "81220091200040f9e20315aaa81b80d2010000d4", // execve(2) of argv[1]
      "c00f80d2c80b80d2010000d4", // exit_group(126)
      "5049443d4c495354454e5f50", // PID= and LISTEN_P
    ],
  },
};

interface Machine {
  /** e_machine of elf(5). */
  readonly number: number;
  readonly code: readonly string[];
}

/** What the program overwrites: as long as the longest PID. */
export const PID_PLACEHOLDER = "0000000000";

/** A descriptor of the program; the file is made at `path` and removed again. */
export function openPidProgram(path: string): number {
  removeFile(path);
  createFile(path, pidProgram(process.arch), 0o755);
  try {
    return openFile(path, O_RDONLY);
  } finally {
    removeFile(path);
  }
}

/** The words of a command with the program in front, which is open as `descriptor` in the container. */
export function throughPidProgram(args: readonly string[], descriptor: number): readonly string[] {
  return [`/proc/self/fd/${descriptor}`, ...args];
}

export function closePidProgram(descriptor: number): void {
  closeFile(descriptor);
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const ADDRESS = 0x400000;

/** A static executable with one segment (elf(5)). */
export function pidProgram(arch: string): Buffer {
  const machine = CODE[arch]!;
  const code = Buffer.from(machine.code.join(""), "hex");
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const file = Buffer.alloc(start + code.length);
  file.write("\x7fELF\x02\x01\x01", "latin1");
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machine.number, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(ADDRESS + start), 24);
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(SEGMENT_BYTES, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, HEADER_BYTES); // PT_LOAD
  file.writeUInt32LE(5, HEADER_BYTES + 4); // readable, executable
  for (const field of [16, 24]) file.writeBigUInt64LE(BigInt(ADDRESS), HEADER_BYTES + field);
  for (const field of [32, 40]) file.writeBigUInt64LE(BigInt(file.length), HEADER_BYTES + field);
  file.writeBigUInt64LE(0x1000n, HEADER_BYTES + 48);
  code.copy(file, start);
  return file;
}
