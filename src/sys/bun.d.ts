/** The part of Bun's FFI that src/sys uses. */
declare module "bun:ffi" {
  export type Pointer = number & { readonly pointer: unique symbol };
  export interface Signature {
    readonly args: readonly string[];
    readonly returns: string;
  }
  export function dlopen<T extends Record<string, Signature>>(
    library: string,
    symbols: T,
  ): { readonly symbols: { readonly [K in keyof T]: (...args: never[]) => number } };
  export function ptr(view: ArrayBufferView, offset?: number): Pointer;
  export const read: {
    i32(pointer: number, offset?: number): number;
    u32(pointer: number, offset?: number): number;
    ptr(pointer: number, offset?: number): number;
  };
  export class CString extends String {
    constructor(pointer: number);
  }
  export function toArrayBuffer(pointer: number, offset: number, length: number): ArrayBuffer;
}

/** What src/sys/process/process.ts uses of Bun, and test/support/faults.ts of its loader. */
declare module "bun" {
  export interface SpawnOptions {
    readonly env: Readonly<Record<string, string>>;
    readonly stdio: readonly [number | "ignore" | Uint8Array, number | "pipe", number | "pipe", ...number[]];
  }
  export interface Spawned {
    /** Null after a signal. */
    readonly exitCode: number | null;
    readonly signalCode?: NodeJS.Signals;
    readonly stdout: Buffer;
    readonly stderr: Buffer;
  }
  /** Throws when the program cannot be executed. */
  export function spawnSync(command: readonly string[], options: SpawnOptions): Spawned;
  export interface Subprocess {
    readonly pid: number;
    /** Lets the event loop end while it runs. */
    unref(): void;
  }
  export function spawn(
    command: readonly string[],
    options: Pick<SpawnOptions, "env"> & {
      readonly stdio: readonly [number, "ignore", "ignore", ...number[]];
      readonly cwd: string;
    },
  ): Subprocess;
  export const unsafe: {
    /** How many times longer than usual the JIT compiler waits. */
    setJITPolicy(scale: number): void;
  };
  interface Loaded {
    readonly loader: "ts" | "object";
  }
  interface Build {
    module(name: string, load: () => Loaded & { readonly exports: object }): void;
    onLoad(
      where: { readonly filter: RegExp },
      load: (file: { readonly path: string }) => Loaded & { readonly contents: string },
    ): void;
  }
  export function plugin(description: { readonly name: string; setup(build: Build): void }): void;
}
