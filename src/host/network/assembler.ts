/** An instruction as `struct bpf_insn` has it; `jump` is the label in place of an offset. */
interface Instruction {
  readonly code: number;
  readonly to?: Register;
  readonly from?: number;
  readonly offset?: number;
  readonly number?: number;
  readonly jump?: string;
}

export type Line = Instruction | { readonly label: string };

/** r1 to r5 are arguments of a call and lost by it, r0 is its result, r10 the end of the stack. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Bytes of a load or store. */
type Size = 1 | 2 | 4;

const SIZES: Readonly<Record<Size, number>> = { 1: 0x10, 2: 0x08, 4: 0x00 };
const INSTRUCTION_BYTES = 8;

const JUMP = 0x05;
const EXIT = 0x95;

/** Numbers of bpf-helpers(7). */
const HELPERS = { findInMap: 1, setInMap: 2, loadBytes: 26 } as const;

/** Jumps go forward. What no path leads to is left out, as the kernel refuses it. */
export function assemble(lines: readonly Line[]): Uint8Array {
  const places = new Map<string, number>();
  const targets = new Set<string>();
  const instructions: Instruction[] = [];
  let isReached = true;
  for (const line of lines) {
    if ("label" in line) {
      places.set(line.label, instructions.length);
      isReached ||= targets.has(line.label);
    } else if (isReached) {
      instructions.push(line);
      if (line.jump !== undefined) targets.add(line.jump);
      isReached = line.code !== JUMP && line.code !== EXIT;
    }
  }
  const bytes = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION_BYTES));
  for (const [index, { code, to = 0, from = 0, offset = 0, number = 0, jump }] of instructions.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes.setUint8(at, code);
    bytes.setUint8(at + 1, to | (from << 4));
    bytes.setInt16(at + 2, jump === undefined ? offset : places.get(jump)! - index - 1, true);
    bytes.setInt32(at + 4, number, true);
  }
  return new Uint8Array(bytes.buffer);
}

export const label = (name: string): Line => ({ label: name });
export const copy = (to: Register, from: Register): Line => ({ code: 0xbf, to, from });
export const set = (to: Register, number: number): Line => ({ code: 0xb7, to, number });
export const add = (to: Register, number: number): Line => ({ code: 0x07, to, number });
export const or = (to: Register, number: number): Line => ({ code: 0x47, to, number });
export const and = (to: Register, number: number): Line => ({ code: 0x57, to, number });
export const shiftLeft = (to: Register, number: number): Line => ({ code: 0x67, to, number });
/** From network to host byte order, 16 bits. */
export const fromNetwork = (to: Register): Line => ({ code: 0xdc, to, number: 16 });
export const load = (size: Size, to: Register, from: Register, offset: number): Line => ({
  code: 0x61 | SIZES[size],
  to,
  from,
  offset,
});
export const store = (size: Size, to: Register, offset: number, from: Register): Line => ({
  code: 0x63 | SIZES[size],
  to,
  from,
  offset,
});
export const storeNumber = (to: Register, offset: number, number: number): Line => ({ code: 0x62, to, offset, number });
/** Adds to 64 bits in memory, atomically. */
export const addTo = (to: Register, from: Register): Line => ({ code: 0xdb, to, from });
export const call = (helper: keyof typeof HELPERS): Line => ({ code: 0x85, number: HELPERS[helper] });
export const jump = (target: string): Line => ({ code: JUMP, jump: target });
export const jumpIf = (register: Register, relation: keyof typeof RELATIONS, number: number, target: string): Line => ({
  code: RELATIONS[relation],
  to: register,
  number,
  jump: target,
});
export const exit = (): Line => ({ code: EXIT });

/** Compare all 64 bits with a number; unsigned. */
const RELATIONS = { "==": 0x15, "!=": 0x55, ">": 0x25, "<": 0xa5 } as const;

/** The address of a map, by its descriptor; takes two instructions. */
export function map(to: Register, descriptor: number): readonly Line[] {
  const BPF_PSEUDO_MAP_FD = 1;
  return [{ code: 0x18, to, from: BPF_PSEUDO_MAP_FD, number: descriptor }, { code: 0 }];
}

/** The address of the stack at `offset`, which is negative. */
export function stack(to: Register, offset: number): readonly Line[] {
  return [copy(to, 10), add(to, offset)];
}
