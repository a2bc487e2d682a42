import { dlopen, ptr } from "bun:ffi";
import { type Call, check, cString, systemCall } from "./libc.ts";

/**
 * A child in a new user namespace that sleeps for `seconds` and exits. It runs nothing but libc's sleep() on a separate
 * stack and never returns to JavaScript. Its end sends no signal: reap it with `reapChild`.
 */
export function cloneSleeper(seconds: number): number {
  const CLONE_NEWUSER = 0x10000000;
  const { symbols } = dlopen("libc.so.6", {
    dlsym: { args: ["ptr", "ptr"], returns: "ptr" },
    clone: { args: ["ptr", "ptr", "int", "ptr"], returns: "int" },
  });
  const sleep = (symbols.dlsym as Call)(0, cString("sleep"));
  const stack = new Uint8Array(65536);
  const end = ptr(stack) + stack.length;
  const top = end - (end % 16);
  return check((symbols.clone as Call)(sleep, top, CLONE_NEWUSER, seconds), "clone");
}

export function reapChild(pid: number): void {
  const WALL = 0x40000000;
  check(wait(pid, WALL), "wait");
}

/** See wait4(2): the child's PID, 0 when it still runs (WNOHANG), negative when there is none; the status goes to `status`. */
export function wait(pid: number, options: number, status: Int32Array = new Int32Array(1)): number {
  return systemCall("wait4", pid, status, options);
}

export function prctl(option: number, a = 0, b = 0, c = 0, d = 0): number {
  return check(systemCall("prctl", option, a, b, c, d), "prctl");
}

/** A descriptor of a running process (pidfd_open(2)). */
export function openProcess(pid: number): number {
  return check(systemCall("pidfd_open", pid), "pidfd_open");
}

/** A duplicate of another process's open file (pidfd_getfd(2)); needs the right to trace it. */
export function takeDescriptor(process: number, descriptor: number): number {
  return check(systemCall("pidfd_getfd", process, descriptor), "pidfd_getfd");
}

/** Replaces this program by another one, in the same process; returns only by an error. */
export function execve(path: string, args: readonly string[], environment: readonly string[]): never {
  const [argv, envp] = [pointersTo(args), pointersTo(environment)];
  check(systemCall("execve", cString(path), argv.pointers, envp.pointers), "exec", path);
  throw new Error(`unreachable: ${argv.texts.length + envp.texts.length} words`);
}

/** The texts stay referenced as long as the pointers are. */
function pointersTo(words: readonly string[]) {
  const texts = words.map(cString);
  return { texts, pointers: new BigUint64Array([...texts.map((text) => BigInt(ptr(text))), 0n]) };
}
