import { statusOf } from "../sys/files.ts";
import { readProgram } from "../sys/process.ts";
import { hasCode } from "../sys/system.ts";
import type { Holder } from "./holder.ts";
import { markProcess, type ProcessMark } from "./process.ts";

/** Where a container's low-level runtime keeps its state: `ROOT/ID` is there from create to delete. */
export interface RuntimeState {
  /** The program, absolute. */
  readonly path: string;
  readonly root: string;
  readonly id: string;
}

/**
 * The init of a container whose claimer has ended, as its runtime tells; `unknown` when it cannot tell, which must not
 * cost a container its user.
 */
export function findInit({ runtime }: Holder): ProcessMark | "none" | "unknown" {
  if (runtime === undefined || statusOf(`${runtime.root}/${runtime.id}`) === undefined) return "none";
  try {
    const { code, output } = readProgram(runtime.path, ["--root", runtime.root, "state", runtime.id], {});
    return code === 0 ? initOf(JSON.parse(output)) : "unknown";
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, "ENOENT", "EACCES", "ENOEXEC")) return "unknown";
    throw error;
  }
}

function initOf(state: { readonly status?: string; readonly pid?: number }): ProcessMark | "none" | "unknown" {
  if (state.status === "stopped") return "none";
  const { pid = 0 } = state;
  if (pid <= 0) return "unknown";
  return markProcess(pid) ?? "none";
}
