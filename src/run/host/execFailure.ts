import type { Process, Spec } from "../../oci/spec.ts";
import { listDirectory } from "../../sys/files/files.ts";
import { hasAccessList, type ProgramFile, readProgramFile } from "../../sys/files/program.ts";
import { statusOf } from "../../sys/files/status.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { type FoundFile, findInContainer } from "./containerFiles.ts";

/** Why execve(2) would fail: the errno, and the file that it is about. */
export interface ExecFailure {
  readonly errno: string;
  readonly path: string;
}

/**
 * What execve(2) will answer to the command of a config. Low-level runtimes report it in words of their own, on the
 * standard error of the command, and after the start with an exit code of their own.
 * @returns undefined where the command may be executed, as far as can be known before the container exists
 */
export function findExecFailure(spec: Spec): ExecFailure | undefined {
  const process = spec.process!;
  const path = process.args![0]!;
  if (!path.includes("/")) return { errno: "ENOENT", path };
  return hasTooLongArguments(process) ? { errno: "E2BIG", path } : checkProgram(spec, path, 0);
}

/**
 * The program of a command, found in `directories` where it is a bare name (src/core/exec-invoke.c, find_executable_full):
 * low-level runtimes would search `PATH`. The name itself where there is none.
 */
export function findProgram(file: string, directories: readonly string[], spec: Spec): string {
  if (file.includes("/")) return file;
  const paths = directories.map((directory) => `${directory}/${file}`);
  return paths.find((path) => isExecutable(path, spec)) ?? file;
}

function isExecutable(path: string, spec: Spec): boolean {
  const found = findInContainer(spec, path, (directory) => mayExecute(directory, spec));
  return found.kind === "found" && found.status.isFile() && mayExecute(found, spec);
}

/** MAX_ARG_STRLEN, ARG_MAX and the limits of bprm_stack_limits() (fs/exec.c). */
const MAXIMUM_STRING_BYTES = 131_072;
const MINIMUM_TOTAL_BYTES = 131_072;
const MAXIMUM_TOTAL_BYTES = 6 * 1024 * 1024;
const POINTER_BYTES = 8;
const DEFAULT_STACK_BYTES = 8 * 1024 * 1024;

function hasTooLongArguments({ args = [], env = [], rlimits = [] }: Process): boolean {
  const sizes = [...args, ...env].map((text) => Buffer.byteLength(text) + 1);
  const stack = Number(rlimits.find(({ type }) => type === "RLIMIT_STACK")?.soft ?? DEFAULT_STACK_BYTES);
  const limit = Math.max(Math.min(MAXIMUM_TOTAL_BYTES, stack / 4), MINIMUM_TOTAL_BYTES);
  const total = sizes.reduce((sum, size) => sum + size + POINTER_BYTES, 0);
  return sizes.some((size) => size > MAXIMUM_STRING_BYTES) || total > limit;
}

/** The kernel follows as many interpreters (exec_binprm() in fs/exec.c). */
const MAXIMUM_INTERPRETERS = 5;

function checkProgram(spec: Spec, path: string, depth: number): ExecFailure | undefined {
  if (depth > MAXIMUM_INTERPRETERS) return { errno: "ELOOP", path };
  const found = findInContainer(spec, pathFrom(path, spec.process!), (directory) => mayExecute(directory, spec));
  switch (found.kind) {
    case "failed":
      return { errno: found.errno, path };
    case "mountPoint":
      return { errno: "EACCES", path };
    case "unknown":
      return undefined;
    case "found":
      return checkFile(spec, path, found, depth);
  }
}

function pathFrom(path: string, { cwd }: Process): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}

function checkFile(spec: Spec, path: string, found: FoundFile, depth: number): ExecFailure | undefined {
  if (!found.status.isFile() || !mayExecute(found, spec)) return { errno: "EACCES", path };
  const file = tryReadProgramFile(found.path);
  if (file === undefined) return undefined;
  if (found.noExec ?? file.isNoExec) return { errno: "EACCES", path };
  if (file.isBusy) return { errno: "ETXTBSY", path };
  const format = formatOf(file);
  if (format === "unknown") return hasOtherFormats() ? undefined : { errno: "ENOEXEC", path };
  return format.interpreter === undefined ? undefined : checkProgram(spec, format.interpreter, depth + 1);
}

/** A file that dynuser cannot read may be one that the command can execute (root_squash of NFS, FUSE). */
function tryReadProgramFile(path: string): ProgramFile | undefined {
  try {
    return readProgramFile(path);
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM", "ENOENT", "ELOOP", "ENXIO", "EIO", "ESTALE")) return undefined;
    throw error;
  }
}

/**
 * Whether the mode lets the process execute a file or search a directory (inode_permission() in fs/namei.c); true where
 * an access list or a user namespace decides.
 */
function mayExecute({ path, status, owner }: FoundFile, { process, linux }: Spec): boolean {
  const { user, capabilities } = process!;
  if (linux?.namespaces?.some(({ type }) => type === "user")) return true;
  const effective = capabilities?.effective ?? [];
  const isPrivileged = effective.includes("CAP_DAC_OVERRIDE");
  const maySearch = status.isDirectory() && effective.includes("CAP_DAC_READ_SEARCH");
  if (maySearch || (isPrivileged && (status.isDirectory() || (status.mode & 0o111) !== 0))) return true;
  const groups = [user.gid, ...(user.additionalGids ?? [])];
  const shift = owner.uid === user.uid ? 6 : groups.includes(owner.gid) ? 3 : 0;
  return ((status.mode >> shift) & 1) === 1 || hasAccessList(path);
}

/** What a file is by its first bytes; the interpreter is the one that execve(2) loads with it. */
type Format = { readonly interpreter: string | undefined } | "unknown";

function formatOf({ header }: ProgramFile): Format {
  if (header.subarray(0, 4).toString("latin1") === "\x7fELF") return { interpreter: elfInterpreter(header) };
  const line = /^#![ \t]*([^ \t\n\0]+)/.exec(header.subarray(0, 256).toString());
  return line === null ? "unknown" : { interpreter: line[1] };
}

/** PT_INTERP of a 64-bit ELF file (elf(5)); undefined for a static one. */
function elfInterpreter(header: Buffer): string | undefined {
  const ELFCLASS64 = 2;
  const PT_INTERP = 3;
  if (header[4] !== ELFCLASS64 || header.length < 64) return undefined;
  const [offset, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
  for (let at = offset; at < offset + size * count && at + size <= header.length; at += size) {
    if (header.readUInt32LE(at) !== PT_INTERP) continue;
    const start = Number(header.readBigUInt64LE(at + 8));
    const bytes = Number(header.readBigUInt64LE(at + 32));
    return start + bytes <= header.length ? header.subarray(start, start + bytes - 1).toString() : undefined;
  }
  return undefined;
}

/** Formats that the administrator has registered (binfmt_misc). */
function hasOtherFormats(): boolean {
  const PLACE = "/proc/sys/fs/binfmt_misc";
  if (statusOf(`${PLACE}/status`) === undefined) return false;
  return listDirectory(PLACE).some((name) => name !== "register" && name !== "status");
}
