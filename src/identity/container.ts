import { readPrivate } from "../sys/files/privateFile.ts";
import { statusOf } from "../sys/files/status.ts";
import { hasCode } from "../sys/kernel/system.ts";
import { readProgram } from "../sys/process/process.ts";
import type { Holder, RuntimeState } from "./holderRecord.ts";
import { identifyProcess, type ProcessId } from "./process.ts";

/**
 * The init of a container whose claimer has ended, as its runtime reports it. `unknown`, where the runtime cannot say, must
 * not cost a container its user.
 */
export function findInit({ runtime }: Holder): ProcessId | "none" | "unknown" {
  if (runtime === undefined) return "none";
  const directory = `${runtime.root}/${runtime.id}`;
  return statusOf(directory) === undefined ? "none" : (recordedInit(directory) ?? askRuntime(runtime));
}

/** What crun and runc keep of a container, and the members that name its init and when that started (proc_pid_stat(5)). */
const STATE_FILES = [
  { name: "status", pid: "pid", startTime: "process-start-time" },
  { name: "state.json", pid: "init_process_pid", startTime: "init_process_start" },
] as const;

/** As the runtime itself decides it; undefined for a file of another kind. */
function recordedInit(directory: string): ProcessId | "none" | undefined {
  for (const { name, pid, startTime } of STATE_FILES) {
    const file = readPrivate(`${directory}/${name}`);
    const state = file.kind === "text" ? parseState(file.text) : undefined;
    const [init, since] = [state?.[pid], state?.[startTime]];
    if (typeof init !== "number" || init <= 0 || typeof since !== "number") continue;
    const found = identifyProcess(init);
    return found?.startTime === since ? found : "none";
  }
  return undefined;
}

function parseState(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function askRuntime(runtime: RuntimeState): ProcessId | "none" | "unknown" {
  try {
    const { code, output } = readProgram(runtime.path, ["--root", runtime.root, "state", runtime.id], {});
    return code === 0 ? initOf(JSON.parse(output)) : "unknown";
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, "ENOENT", "EACCES", "ENOEXEC")) return "unknown";
    throw error;
  }
}

function initOf(state: { readonly status?: string; readonly pid?: number }): ProcessId | "none" | "unknown" {
  if (state.status === "stopped") return "none";
  const { pid = 0 } = state;
  if (pid <= 0) return "unknown";
  return identifyProcess(pid) ?? "none";
}
