/**
 * The JavaScript engine ends the program, with its message, where the current directory has been deleted. Code before the
 * entry point changes to a directory that holds nothing which a relative path can mean: /proc/self/fdinfo.
 */

/** Functions for native add-ons, which we never load: each prints that it is missing and ends the program. */
const FIRST_UNUSED = "uv_accept";
const UNUSED_BYTES = 16;
/** `push %rbp; mov %rsp,%rbp; mov $NAME,%edi; call …` */
const UNUSED = /^\x55\x48\x89\xe5\xbf.{4}\xe8.{4}\xcc\xcc$/s;

/** getcwd(2); on ENOENT chdir(2). All but %rdx, which a program has from the loader, may change; see elf(5). */
const CODE = Buffer.from(
  [
    "f30f1efa", // endbr64
    "52", // push %rdx
    "4881ec00100000", // sub $4096,%rsp
    "b84f000000", // mov $79,%eax
    "4889e7", // mov %rsp,%rdi
    "be00100000", // mov $4096,%esi
    "0f05", // syscall
    "4881c400100000", // add $4096,%rsp
    "4883f8fe", // cmp $-ENOENT,%rax
    "750e", // jne to the pop
    "b850000000", // mov $80,%eax
    "488d3d08000000", // lea PATH(%rip),%rdi
    "0f05", // syscall
    "5a", // pop %rdx
    "e9", // jmp to the entry point
  ].join(""),
  "hex",
);
const JUMP_BYTES = 4;
const PATH = Buffer.from("/proc/self/fdinfo\0");

/**
 * Puts the code in front of an x86-64 program; on arm64 the engine's message stays.
 * @throws Error when the functions are not found, because another version of Bun has others
 */
export function surviveDeletedDirectory(program: Buffer, arch: string): void {
  if (arch !== "x64") return;
  const entry = Number(program.readBigUInt64LE(E_ENTRY));
  const address = addressOf(program, FIRST_UNUSED);
  const place = offsetOf(program, address);
  const length = CODE.length + JUMP_BYTES + PATH.length;
  for (let at = place; at < place + length; at += UNUSED_BYTES) checkUnused(program, at);
  const end = CODE.copy(program, place) + place;
  program.writeInt32LE(entry - (address + CODE.length + JUMP_BYTES), end);
  PATH.copy(program, end + JUMP_BYTES);
  program.writeBigUInt64LE(BigInt(address), E_ENTRY);
}

function checkUnused(program: Buffer, at: number): void {
  if (UNUSED.test(program.toString("latin1", at, at + UNUSED_BYTES))) return;
  throw new Error(`found no unused function at ${at} in the compiled program, expected one of ${UNUSED_BYTES} bytes`);
}

/* Offsets in the structures of elf(5). */
const E_ENTRY = 24;
const E_PHOFF = 32;
const E_SHOFF = 40;
const E_PHNUM = 56;
const E_SHNUM = 60;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const PT_LOAD = 1;
const SHT_DYNSYM = 11;

/** Where the program header has the address in the file. */
function offsetOf(program: Buffer, address: number): number {
  for (const at of tableOf(program, E_PHOFF, E_PHNUM, PROGRAM_HEADER_BYTES)) {
    const [offset, start, size] = [8, 16, 32].map((field) => Number(program.readBigUInt64LE(at + field)));
    const isLoaded = program.readUInt32LE(at) === PT_LOAD && address >= start! && address < start! + size!;
    if (isLoaded) return offset! + address - start!;
  }
  throw new Error(`found no segment of the compiled program at ${address}`);
}

function addressOf(program: Buffer, name: string): number {
  const sections = tableOf(program, E_SHOFF, E_SHNUM, SECTION_HEADER_BYTES);
  const symbols = sections.find((at) => program.readUInt32LE(at + 4) === SHT_DYNSYM)!;
  const texts = offsetOfSection(program, sections[program.readUInt32LE(symbols + 40)]!);
  const [start, size] = [offsetOfSection(program, symbols), Number(program.readBigUInt64LE(symbols + 32))];
  for (let at = start; at < start + size; at += SYMBOL_BYTES) {
    const text = texts + program.readUInt32LE(at);
    if (program.toString("latin1", text, text + name.length + 1) === `${name}\0`)
      return Number(program.readBigUInt64LE(at + 8));
  }
  throw new Error(`found no function ${name} in the compiled program`);
}

function offsetOfSection(program: Buffer, header: number): number {
  return Number(program.readBigUInt64LE(header + 24));
}

/** The offsets of the entries of a table that the ELF header names. */
function tableOf(program: Buffer, offsetField: number, countField: number, bytes: number): readonly number[] {
  const offset = Number(program.readBigUInt64LE(offsetField));
  return Array.from({ length: program.readUInt16LE(countField) }, (_, index) => offset + index * bytes);
}
