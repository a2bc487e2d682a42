import * as ffi from "bun:ffi";
import * as fs from "node:fs";
import { constants } from "node:os";
import { plugin } from "bun";

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
    build.module("faulty-fs", () => ({ exports: faultyFs(), loader: "object" }));
    build.module("faulty-ffi", () => ({ exports: { ...ffi, dlopen: faultyDlopen }, loader: "object" }));
    build.onLoad({ filter: /\/src\/sys\/[A-Za-z]+\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: fs
        .readFileSync(path, "utf8")
        .replaceAll('from "node:fs"', 'from "faulty-fs"')
        .replaceAll('from "bun:ffi"', 'from "faulty-ffi"'),
    }));
  },
});

/** Those that cannot fail in earnest: looking whether something is there, and giving back a descriptor. */
const UNTOUCHED = /^(closeSync|existsSync|dlsym|setenv|__errno_location|waitpid|prctl)$/;

type Call = (...args: readonly unknown[]) => unknown;

function faultyFs(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fs).map(([name, value]) => {
      if (!name.endsWith("Sync") || UNTOUCHED.test(name)) return [name, value];
      return [name, faulty(name, value as Call, failLikeNode)];
    }),
  );
}

function failLikeNode(name: string, code: string, path: unknown): never {
  const syscall = name.replace("Sync", "");
  throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, path: String(path), errno: -errnoOf(code) });
}

function faultyDlopen(...[library, signatures]: Parameters<typeof ffi.dlopen>) {
  const opened = ffi.dlopen(library, signatures);
  const locate = opened.symbols["__errno_location"] as (() => ffi.Pointer) | undefined;
  const symbols = Object.entries(opened.symbols).map(([name, call]) => {
    if (UNTOUCHED.test(name)) return [name, call];
    const failing = (_name: string, code: string) => failLikeC(name, code, locate);
    return [name, faulty(name, call as unknown as Call, failing)];
  });
  return { ...opened, symbols: Object.fromEntries(symbols) };
}

function failLikeC(name: string, code: string, locate: (() => ffi.Pointer) | undefined): number {
  if (name.endsWith("_r")) return errnoOf(code);
  if (locate !== undefined) new Int32Array(ffi.toArrayBuffer(locate(), 0, 4))[0] = errnoOf(code);
  return -1;
}

function errnoOf(code: string): number {
  return constants.errno[code as keyof typeof constants.errno];
}

function faulty(name: string, call: Call, fail: (name: string, code: string, path: unknown) => unknown): Call {
  return (...args) => {
    state.count += 1;
    const { fault } = state;
    if (fault !== undefined && state.count === fault.at) {
      state.hit = `${name} ${typeof args[0] === "string" ? args[0] : ""}`;
      if (fault.what !== "kill") return fail(name, fault.what, args[0]);
      process.kill(process.pid, "SIGKILL");
    }
    const text = name === "readFileSync" ? replaced.get(String(args[0])) : undefined;
    return text ?? call(...args);
  };
}
