/** The part of Bun's FFI that src/sys/libc.ts uses. */
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

/** What test/support/faults.ts uses of Bun's loader. */
declare module "bun" {
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
