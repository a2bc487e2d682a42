import { closeSync, openSync, readFileSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Seccomp } from "../../../src/oci/spec.ts";
import * as sys from "../../../src/sys/libseccomp/libseccomp.ts";

export { actionNumber } from "../../../src/sys/libseccomp/libseccomp.ts";

const library = sys.openLibrary()!;

export function architectureToken(name: string): number {
  return sys.architectureToken(library, name);
}

/** Negative where the architecture has no such call. */
export function callNumber(call: string, architecture: string): number {
  const token = sys.architectureToken(library, architecture);
  return library.seccomp_syscall_resolve_name_arch(token, Buffer.from(`${call}\0`));
}

/** The program that the kernel would be given. */
export function compile(seccomp: Seccomp): BigUint64Array {
  const path = join(tmpdir(), `dynuser-bpf-${process.pid}`);
  const file = openSync(path, "w+");
  const result = sys.compileProfile(library, seccomp, file);
  closeSync(file);
  const bytes = readFileSync(path);
  unlinkSync(path);
  if (result < 0) throw new Error(`libseccomp refuses the profile: ${result}`);
  return new BigUint64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
