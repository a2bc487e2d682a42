import { FAILED, quote } from "../errors.ts";
import type { Start } from "../start/pipeline.ts";
import { errnoText } from "../sys/kernel/errnoText.ts";
import type { ExecFailure } from "./host/execFailure.ts";

/** @param outside where the caller has the program */
export function formatExecFailure({ path, errno }: ExecFailure, outside?: string): string {
  const remedy =
    outside === path
      ? ": the sandbox hides it, --workspace or --ro-bind shows it"
      : `: it is ${quote(outside ?? "")} in the caller's PATH, -E PATH passes that on, --ro-bind shows a directory of the home`;
  return `cannot execute ${quote(path)}: ${errnoText(errno)}${outside === undefined ? "" : remedy}`;
}

/** Where the caller would find a program that is missing in the sandbox; undefined where it is missing there, too. */
export function programOutside({ path, errno }: ExecFailure, { facts, scope }: Start): string | undefined {
  if (errno !== "ENOENT" || !facts.rootfs.isHost) return undefined;
  const directories = (scope.environment["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  const candidates = path.includes("/") ? [path] : directories.map((directory) => `${directory}/${path}`);
  return candidates.find((candidate) => facts.host.look(candidate).type === "file");
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
