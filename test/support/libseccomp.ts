import { dlopen, type Pointer, ptr } from "bun:ffi";
import { closeSync, openSync, readFileSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Seccomp, SeccompArgument, SeccompSyscall } from "../../src/oci/spec.ts";

/** This host's libseccomp, fed as crun 1.8.1 and runc 1.1.5 feed it. */
const { symbols } = dlopen("libseccomp.so.2", {
  seccomp_init: { args: ["u32"], returns: "ptr" },
  seccomp_release: { args: ["ptr"], returns: "void" },
  seccomp_arch_add: { args: ["ptr", "u32"], returns: "int" },
  seccomp_arch_remove: { args: ["ptr", "u32"], returns: "int" },
  seccomp_arch_resolve_name: { args: ["ptr"], returns: "u32" },
  seccomp_syscall_resolve_name: { args: ["ptr"], returns: "int" },
  seccomp_syscall_resolve_name_arch: { args: ["u32", "ptr"], returns: "int" },
  seccomp_rule_add_array: { args: ["ptr", "u32", "int", "u32", "ptr"], returns: "int" },
  seccomp_export_bpf: { args: ["ptr", "int"], returns: "int" },
});
const libseccomp = symbols as unknown as Record<keyof typeof symbols, (...args: readonly unknown[]) => number>;

const UNKNOWN_CALL = -1;
const EEXIST = 17;

const ACTIONS: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

const OPERATORS: Readonly<Record<SeccompArgument["op"], number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** The number that the kernel's filter returns. */
export function actionNumber(action: string, errnoRet: number | undefined): number {
  const takesNumber = action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
  return (ACTIONS[action]! | (takesNumber ? (errnoRet ?? 1) : 0)) >>> 0;
}

export function architectureToken(name: string): number {
  return libseccomp.seccomp_arch_resolve_name(text(name.replace("SCMP_ARCH_", "").toLowerCase()));
}

/** Negative where the architecture has no such call. */
export function callNumber(call: string, architecture: string): number {
  return libseccomp.seccomp_syscall_resolve_name_arch(architectureToken(architecture), text(call));
}

/** The program that the kernel would be given. */
export function compile(seccomp: Seccomp): BigUint64Array {
  const fallback = actionNumber(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const context = libseccomp.seccomp_init(fallback);
  for (const architecture of seccomp.architectures ?? [])
    libseccomp.seccomp_arch_add(context, architectureToken(architecture));
  for (const entry of seccomp.syscalls ?? []) addEntry(context, entry, fallback);
  const program = exportProgram(context);
  libseccomp.seccomp_release(context);
  return program;
}

function addEntry(context: number, entry: SeccompSyscall, fallback: number): void {
  const action = actionNumber(entry.action, entry.errnoRet);
  if (action === fallback) return;
  const args = entry.args ?? [];
  const split = new Set(args.map((argument) => argument.index)).size < args.length;
  const rules = split ? args.map((argument) => [argument]) : [args];
  for (const call of entry.names) {
    const number = libseccomp.seccomp_syscall_resolve_name(text(call));
    if (number === UNKNOWN_CALL) continue;
    for (const rule of rules) addRule(context, action, number, rule, call);
  }
}

function addRule(context: number, action: number, call: number, args: readonly SeccompArgument[], name: string): void {
  const array = new BigUint64Array(Math.max(args.length, 1) * 3);
  args.forEach((argument, index) => {
    array[index * 3] = BigInt(argument.index) | (BigInt(OPERATORS[argument.op]) << 32n);
    array[index * 3 + 1] = toBigInt(argument.value);
    array[index * 3 + 2] = toBigInt(argument.valueTwo ?? 0);
  });
  const result = libseccomp.seccomp_rule_add_array(context, action, call, args.length, ptr(array) as Pointer);
  if (result < 0)
    throw new Error(
      `seccomp_rule_add ${name} ${JSON.stringify(args, String)}: ${result === -EEXIST ? "EEXIST" : result}`,
    );
}

function toBigInt(value: NonNullable<SeccompArgument["value"]>): bigint {
  return BigInt(typeof value === "object" ? value.rawJSON : value);
}

function exportProgram(context: number): BigUint64Array {
  const path = join(tmpdir(), `dynuser-bpf-${process.pid}`);
  const file = openSync(path, "w+");
  const result = libseccomp.seccomp_export_bpf(context, file);
  closeSync(file);
  const bytes = readFileSync(path);
  unlinkSync(path);
  if (result < 0) throw new Error(`seccomp_export_bpf: ${result}`);
  return new BigUint64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
