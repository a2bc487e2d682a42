import { dlopen, type Pointer, ptr } from "bun:ffi";
import type { Seccomp, SeccompArgument, SeccompSyscall } from "../../oci/spec.ts";
import { using } from "../files/directory.ts";
import { O_DIRECTORY, O_RDWR, openFile } from "../files/files.ts";
import { readBytes } from "../files/readLimited.ts";
import { fileVersionOf } from "../files/status.ts";

/*
 * This host's libseccomp, which the low-level runtimes use; seccomp_init(3) and the pages it names. Loaded when it is
 * asked for: most starts have nothing to ask.
 */

const FUNCTIONS = {
  seccomp_init: { args: ["u32"], returns: "ptr" },
  seccomp_release: { args: ["ptr"], returns: "void" },
  seccomp_arch_add: { args: ["ptr", "u32"], returns: "int" },
  seccomp_arch_resolve_name: { args: ["ptr"], returns: "u32" },
  seccomp_syscall_resolve_name: { args: ["ptr"], returns: "int" },
  seccomp_syscall_resolve_name_arch: { args: ["u32", "ptr"], returns: "int" },
  seccomp_rule_add_array: { args: ["ptr", "u32", "int", "u32", "ptr"], returns: "int" },
  seccomp_export_bpf: { args: ["ptr", "int"], returns: "int" },
} as const;

type Library = Readonly<Record<keyof typeof FUNCTIONS, (...args: readonly unknown[]) => number>>;

/** __NR_SCMP_ERROR; calls of other architectures have other negative numbers. */
const UNKNOWN = -1;
const INSTRUCTION_BYTES = 8;
/** Found as the loader finds it. */
const DEFAULT = "libseccomp.so.2";
/** -EINVAL, -EEXIST */
const [REFUSED, ALREADY_THERE] = [-22, -17];

/**
 * Whether this host's libseccomp can name a system call. Without the library every call counts as known, for then no
 * filter at all can be loaded and the runtime says so.
 */
export function querySeccomp(): (call: string) => boolean {
  const library = openLibrary();
  if (library === undefined) return () => true;
  return (call) => library.seccomp_syscall_resolve_name(cString(call)) !== UNKNOWN;
}

/** Whether this machine's own architecture has a system call; without the library every name counts. */
export function nativeSyscalls(): (call: string) => boolean {
  const library = openLibrary();
  if (library === undefined) return () => true;
  return (call) => library.seccomp_syscall_resolve_name(cString(call)) >= 0;
}

/** BPF instructions of the profile as crun and runc would load it; undefined where it cannot be compiled. */
export function countCompiled(seccomp: Seccomp): number | undefined {
  const program = compile(seccomp, DEFAULT);
  return program && program.length / INSTRUCTION_BYTES;
}

/**
 * The program that crun would load, in base64; undefined where it cannot be had, or crun would refuse the profile.
 * @param path the library that crun uses
 */
export function compileFilter(seccomp: Seccomp, path: string): string | undefined {
  return isUnderstood(seccomp) ? compile(seccomp, path)?.toString("base64") : undefined;
}

/** As `compileFilter`, but undefined too where a rule is about a call that only another library may know. */
export function compileForAll(seccomp: Seccomp, path: string): string | undefined {
  const library = openLibrary(path);
  if (library === undefined) return undefined;
  const { defaultAction, defaultErrnoRet, syscalls = [] } = seccomp;
  const fallback = actionNumber(defaultAction, defaultErrnoRet);
  const rules = syscalls.filter(({ action, errnoRet }) => actionNumber(action, errnoRet) !== fallback);
  const isKnown = (call: string) => library.seccomp_syscall_resolve_name(cString(call)) !== UNKNOWN;
  return rules.every(({ names }) => names.every(isKnown)) ? compileFilter(seccomp, path) : undefined;
}

function compile(seccomp: Seccomp, path: string): Buffer | undefined {
  const library = openLibrary(path);
  const file = library && openNameless();
  if (library === undefined || file === undefined) return undefined;
  return using(file, () => {
    if (compileProfile(library, seccomp, file) < 0) return undefined;
    return Buffer.from(readBytes(`/proc/self/fd/${file}`, MOST_BYTES));
  });
}

/** Far beyond what the kernel takes (BPF_MAXINSNS). */
const MOST_BYTES = 1 << 20;

/** A file in memory; undefined where there cannot be one. */
function openNameless(): number | undefined {
  const O_TMPFILE = 0o20000000 | O_DIRECTORY;
  try {
    return openFile("/dev/shm", O_TMPFILE | O_RDWR);
  } catch {
    return undefined;
  }
}

/** Feeds the profile as crun and runc do and writes its program to a file; negative where libseccomp refuses it. */
export function compileProfile(library: Library, seccomp: Seccomp, file: number): number {
  const fallback = actionNumber(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const context = library.seccomp_init(fallback);
  if (!context) return REFUSED;
  try {
    const added = (seccomp.architectures ?? []).map((name) => addArchitecture(library, context, name));
    const refused = (seccomp.syscalls ?? []).map((entry) => addEntry(library, context, entry, fallback));
    return Math.min(0, ...added, ...refused) || library.seccomp_export_bpf(context, file);
  } finally {
    library.seccomp_release(context);
  }
}

function addArchitecture(library: Library, context: number, name: string): number {
  const token = architectureToken(library, name);
  const result = token === 0 ? REFUSED : library.seccomp_arch_add(context, token);
  return result === ALREADY_THERE ? 0 : result;
}

interface Opened {
  readonly library: Library | undefined;
  readonly edition: string;
}

const opened = new Map<string, Opened>();

/** Each once: the memory that opening one takes is never freed. */
export function openLibrary(path = DEFAULT): Library | undefined {
  const known = opened.get(path) ?? { edition: fileVersionOf(path), library: tryOpen(path) };
  opened.set(path, known);
  return known.library;
}

/** Whether the files that were opened by their paths are still there: one that takes their place cannot be opened beside them. */
export function areLibrariesCurrent(): boolean {
  return [...opened].every(([path, { edition }]) => !path.startsWith("/") || fileVersionOf(path) === edition);
}

function tryOpen(path: string): Library | undefined {
  try {
    return dlopen(path, FUNCTIONS).symbols as unknown as Library;
  } catch {
    return undefined;
  }
}

export function architectureToken(library: Library, name: string): number {
  return library.seccomp_arch_resolve_name(cString(name.replace("SCMP_ARCH_", "").toLowerCase()));
}

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

/** The number that the kernel's filter returns (SECCOMP_RET_…). */
export function actionNumber(action: string, errnoRet: number | undefined): number {
  return (ACTIONS[action]! | (takesNumber(action) ? (errnoRet ?? 1) & 0xffff : 0)) >>> 0;
}

function takesNumber(action: string): boolean {
  return action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
}

/** crun refuses what is not, or reads it in its own way. */
function isUnderstood({ defaultAction, defaultErrnoRet, syscalls = [] }: Seccomp): boolean {
  return (
    isAction(defaultAction, defaultErrnoRet) &&
    syscalls.every(({ action, errnoRet, args = [] }) => isAction(action, errnoRet) && args.every(isComparison)) &&
    syscalls.every(({ args = [] }) => args.length <= ARGUMENTS)
  );
}

function isAction(action: string, errnoRet: number | undefined): boolean {
  const isNumberRight = errnoRet === undefined || (takesNumber(action) && isBelow(errnoRet, 0x10000));
  return Object.hasOwn(ACTIONS, action) && isNumberRight;
}

const ARGUMENTS = 6;

function isBelow(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}

function isComparison({ index, op, value, valueTwo = 0 }: SeccompArgument): boolean {
  return isBelow(index, ARGUMENTS) && Object.hasOwn(OPERATORS, op) && isUnsigned(value) && isUnsigned(valueTwo);
}

function isUnsigned(value: SeccompArgument["value"]): boolean {
  return /^\d+$/.test(typeof value === "object" ? value.rawJSON : String(value)) && toBigInt(value) < 1n << 64n;
}

/** The least of the results of its rules; in crun's order. */
function addEntry(library: Library, context: number, entry: SeccompSyscall, fallback: number): number {
  const action = actionNumber(entry.action, entry.errnoRet);
  if (action === fallback) return 0;
  const args = entry.args ?? [];
  const isSplit = new Set(args.map((argument) => argument.index)).size < args.length;
  const rules = (isSplit ? args.map((argument) => [argument]) : [args]).map(encodeRule);
  const length = isSplit ? 1 : args.length;
  const results = entry.names.flatMap((call) => {
    const number = library.seccomp_syscall_resolve_name(cString(call));
    const add = (rule: BigUint64Array) =>
      library.seccomp_rule_add_array(context, action, number, length, ptr(rule) as Pointer);
    return number === UNKNOWN ? [] : rules.map(add);
  });
  return Math.min(0, ...results);
}

const OPERATORS: Readonly<Record<SeccompArgument["op"], number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** An array of `struct scmp_arg_cmp`; not of length 0, which has no address. */
function encodeRule(args: readonly SeccompArgument[]): BigUint64Array {
  const comparisons = new BigUint64Array(Math.max(args.length, 1) * 3);
  args.forEach(({ index, op, value, valueTwo = 0 }, place) => {
    comparisons[place * 3] = BigInt(index) | (BigInt(OPERATORS[op]) << 32n);
    comparisons[place * 3 + 1] = toBigInt(value);
    comparisons[place * 3 + 2] = toBigInt(valueTwo);
  });
  return comparisons;
}

function toBigInt(value: NonNullable<SeccompArgument["value"]>): bigint {
  return BigInt(typeof value === "object" ? value.rawJSON : value);
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
