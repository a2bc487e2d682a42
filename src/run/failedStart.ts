import { FAILED, quote } from "../errors.ts";
import { errnoText } from "../sys/kernel/errnoText.ts";
import type { ExecFailure } from "./host/execFailure.ts";

export function formatExecFailure({ path, errno }: ExecFailure): string {
  return `cannot execute ${quote(path)}: ${errnoText(errno)}`;
}

/** As in shells: 127 for a missing program, 126 for one that cannot be executed. */
export function codeOfExecFailure({ errno }: ExecFailure): number {
  return errno === "ENOENT" || errno === "ENOTDIR" ? NOT_FOUND : NOT_EXECUTABLE;
}

/** The same for what only the runtime finds, by its message; 125 for any other failure. */
export function codeOfFailure(text: string): number {
  return FAILURES.find(({ pattern }) => pattern.test(text))?.code ?? FAILED;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const FAILURES = [
  { pattern: /executable file .*not found|exec: .*: stat \S+: no such file/i, code: NOT_FOUND },
  { pattern: /open executable|exec: .*(permission denied|is a directory)|exec format error/i, code: NOT_EXECUTABLE },
] as const;
