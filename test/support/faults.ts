import * as ffi from "bun:ffi";
import * as fs from "node:fs";
import { constants } from "node:os";
import { plugin } from "bun";
import { CALLS } from "../../src/sys/kernel/callNumbers.ts";

/*
 * Makes system calls of src/sys fail, or kills the process at one of them. Import it before anything else of src: it
 * replaces what src/sys imports from the system, so that the product itself knows nothing of it.
 */

/** What happens at the call of that number, counted from 1; the errno's name, or the end of the process. */
export interface Fault {
  readonly at: number;
  readonly what: string | "kill";
}

const state = { count: 0, fault: undefined as Fault | undefined, hit: "" };

/** Starts counting anew. */
export function arm(fault?: Fault): void {
  Object.assign(state, { count: 0, fault, hit: "" });
}

/** Ends counting; how many calls there were, and which one failed. */
export function disarm(): { readonly count: number; readonly hit: string } {
  const { count, hit } = state;
  Object.assign(state, { count: 0, fault: undefined, hit: "" });
  return { count, hit };
}

/** Files that read as something else, such as the kernel's boot ID. */
export const replaced = new Map<string, string>();

plugin({
  name: "faults",
  setup(build) {
    build.module("faulty-ffi", () => ({ exports: { ...ffi, dlopen: faultyDlopen }, loader: "object" }));
    build.onLoad({ filter: /\/src\/sys\/[A-Za-z/]+\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: fs.readFileSync(path, "utf8").replaceAll('from "bun:ffi"', 'from "faulty-ffi"'),
    }));
  },
});

/** Those that cannot fail in earnest: giving back a descriptor, and what only looks at ourselves. */
const UNTOUCHED = /^(close|dlsym|setenv|__errno_location|wait4|prctl)$/;

type Call = (...args: readonly unknown[]) => unknown;

function faultyDlopen(...[library, signatures]: Parameters<typeof ffi.dlopen>) {
  const opened = ffi.dlopen(library, signatures);
  const locate = opened.symbols["__errno_location"] as (() => ffi.Pointer) | undefined;
  const fail = (name: string, code: string) => failLikeC(name, code, locate);
  const symbols = Object.entries(opened.symbols).map(([name, symbol]) => {
    const call = symbol as unknown as Call;
    return [name, name === "syscall" ? faultyKernel(call, fail) : faulty(name, call, fail)];
  });
  return { ...opened, symbols: Object.fromEntries(symbols) };
}

const NAMES = new Map(Object.entries(CALLS).map(([name, number]) => [number, name]));

/** The calls behind syscall(2), each under its own name. */
function faultyKernel(call: Call, fail: Fail): Call {
  return (number, ...args) => {
    const name = NAMES.get(number as number)!;
    return faulty(name, () => call(number, ...(name === "openat" ? redirected(args) : args)), fail)(pathOf(name, args));
  };
}

/** The second argument, but of symlinkat(2) the first. */
function pathOf(name: string, [first, second]: readonly unknown[]): string {
  if (!/at2?$/.test(name)) return "";
  return textAt(name === "symlinkat" ? first : second);
}

function textAt(pointer: unknown): string {
  return new ffi.CString(pointer as ffi.Pointer).toString();
}

function redirected([directory, path, ...others]: readonly unknown[]): readonly unknown[] {
  const text = replaced.get(textAt(path));
  if (text === undefined) return [directory, path, ...others];
  const file = `/dev/shm/dynuser-replaced-${process.pid}`;
  fs.writeFileSync(file, text);
  return [directory, ffi.ptr(Buffer.from(`${file}\0`)), ...others];
}

type Fail = (name: string, code: string) => unknown;

function failLikeC(name: string, code: string, locate: (() => ffi.Pointer) | undefined): number {
  if (name.endsWith("_r")) return errnoOf(code);
  if (locate !== undefined) new Int32Array(ffi.toArrayBuffer(locate(), 0, 4))[0] = errnoOf(code);
  return -1;
}

function errnoOf(code: string): number {
  return constants.errno[code as keyof typeof constants.errno];
}

function faulty(name: string, call: Call, fail: Fail): Call {
  if (UNTOUCHED.test(name)) return call;
  return (...args) => {
    state.count += 1;
    const { fault } = state;
    if (fault !== undefined && state.count === fault.at) {
      state.hit = `${name} ${typeof args[0] === "string" ? args[0] : ""}`;
      if (fault.what !== "kill") return fail(name, fault.what);
      process.kill(process.pid, "SIGKILL");
    }
    return call(...args);
  };
}
