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
}
