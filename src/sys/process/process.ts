import { type Spawned, type SpawnOptions, spawnSync, unsafe } from "bun";
import { check, systemCall } from "../kernel/libc.ts";
import { prctl, wait } from "../kernel/processCalls.ts";
import { SystemError } from "../kernel/system.ts";

/** Descriptors of standard input, output and error. */
export type Streams = readonly [number, number, number];

/** How a process ended; a signal by its number. */
export type End = { readonly code: number } | { readonly signal: number; readonly dumped?: boolean };

/**
 * Runs a program to its end with these standard streams and no variables but `env`.
 * @param passed the descriptors that it gets as 3 and those that follow
 */
export function runProgram(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  streams: Streams = [0, 1, 2],
  passed: readonly number[] = [],
): End {
  return endOf(spawn(path, args, { env, stdio: [...streams, ...passed] }));
}

/** Runs a program to its end and reads its output; `code` is not 0 when the program fails. */
export function readProgram(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly code: number; readonly output: string; readonly errors: string } {
  const result = spawn(path, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  return { code: exitCodeOf(endOf(result)), output: result.stdout.toString(), errors: result.stderr.toString() };
}

/** Runs a program to its end with `input` on its standard input; it has no variables but PATH. */
export function filterThrough(
  path: string,
  args: readonly string[],
  input: string,
): { readonly code: number; readonly output: Uint8Array; readonly errors: string } {
  const result = spawn(path, args, { env: { PATH: "/usr/bin:/bin" }, stdio: [Buffer.from(input), "pipe", "pipe"] });
  return { code: exitCodeOf(endOf(result)), output: result.stdout, errors: result.stderr.toString() };
}

/** Bun's own: loading node:child_process costs 2 ms of every start that needs a program. */
function spawn(path: string, args: readonly string[], options: SpawnOptions): Spawned {
  try {
    return spawnSync([path, ...args], options);
  } catch (error) {
    throw new SystemError(String((error as NodeJS.ErrnoException).code), "exec", path);
  }
}

function endOf({ exitCode, signalCode }: Spawned): End {
  if (signalCode === undefined) return { code: exitCode! };
  return { signal: process.getBuiltinModule("node:os").constants.signals[signalCode] };
}

/** 128 + n for a signal, as shells do it. */
export function exitCodeOf(end: End): number {
  return "code" in end ? end.code : 128 + end.signal;
}

/** The end of a process that is no child sends no signal. */
const LOOK_MS = 1000;

/**
 * Waits for a child that is not node's: one that was left to us as subreaper (PR_SET_CHILD_SUBREAPER). Its own end wakes
 * us by SIGCHLD.
 */
export function waitForChild(pid: number): Promise<End> {
  return new Promise((resolve) => {
    const look = () => {
      const end = reap(pid);
      if (end === undefined) return;
      process.off("SIGCHLD", look);
      clearInterval(keepAlive);
      resolve(end);
    };
    // A signal listener alone does not keep the event loop alive.
    const keepAlive = setInterval(look, LOOK_MS);
    process.on("SIGCHLD", look);
    look();
  });
}

/** Until a child ends, or one that a subreaper has inherited; also after a while, since a signal may be lost. */
export function childEnds(): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      process.off("SIGCHLD", wake);
      clearTimeout(later);
      resolve();
    };
    const later = setTimeout(wake, UNTOLD_MS);
    process.on("SIGCHLD", wake);
  });
}

const UNTOLD_MS = 50;

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function reap(pid: number): End | undefined {
  const WNOHANG = 1;
  const DUMPED = 0x80;
  const status = new Int32Array(1);
  const reaped = wait(pid, WNOHANG, status);
  if (reaped < 0 && !isThere(pid)) return { code: 0 };
  if (reaped !== pid) return undefined;
  const signal = status[0]! & 0x7f;
  if (signal === 0) return { code: (status[0]! >> 8) & 0xff };
  return { signal, ...((status[0]! & DUMPED) === 0 ? {} : { dumped: true }) };
}

/** Another process's child cannot be waited for, only polled. */
function isThere(pid: number): boolean {
  return sendSignal(pid, 0);
}

/** Sends a signal; false when no such process is left. A negative pid means the process group. */
export function sendSignal(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

/** Lets the JIT compiler start as early as Bun's default; the build delays it, as most commands end before it pays (tools/compile.ts). */
export function enableEarlyJit(): void {
  unsafe.setJITPolicy(1);
}

/** Sends SIGTERM to this process when its parent ends, also if that has happened already (PR_SET_PDEATHSIG). */
export function dieWithParent(): void {
  const PR_SET_PDEATHSIG = 1;
  const SIGTERM = 15;
  const parent = process.ppid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (process.ppid !== parent) sendSignal(process.pid, SIGTERM);
}

export function effectiveUser(): number {
  user ??= process.geteuid!();
  return user;
}

/** This process never becomes another user. */
let user: number | undefined;

export function effectiveGroup(): number {
  return process.getegid!();
}

/** The variables this process was started with. */
export function callerEnvironment(): Readonly<Record<string, string>> {
  return { ...(process.env as Record<string, string>) };
}

export function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
}

/**
 * Makes this process leave no core dump and closes its /proc/PID to processes without CAP_SYS_PTRACE: a handler of
 * core_pattern, which RLIMIT_CORE does not keep away, would keep it alive for minutes (core(5), PR_SET_DUMPABLE).
 */
export function preventTracing(): void {
  const PR_SET_DUMPABLE = 4;
  const RLIMIT_CORE = 4;
  check(systemCall("prlimit64", 0, RLIMIT_CORE, new BigUint64Array([0n, 0n])), "prlimit");
  prctl(PR_SET_DUMPABLE, 0);
}
