import { recordsIn } from "../identity/registry.ts";
import { formatJson, parseJson } from "../oci/json.ts";
import type { PreparedProcess } from "../oci/preparedProcess.ts";
import type { State } from "../oci/state.ts";
import { replaceFile, tryReadText } from "../sys/files.ts";

/*
 * What is kept of a prepared container below /run: a directory named by its key. libexec/dynuser takes its existence
 * for the sign that exec and delete concern us.
 */

export function recordDirectory(own: string, key: string): string {
  return `${recordsIn(own)}/${key}`;
}

export function writeProcess(directory: string, prepared: PreparedProcess): void {
  replaceFile(`${directory}/process.json`, formatJson(prepared), 0o600);
}

export function readProcess(directory: string): PreparedProcess | undefined {
  const text = tryReadText(`${directory}/process.json`);
  return text === undefined ? undefined : (parseJson(text) as PreparedProcess);
}

/** Where the container's own hook puts what the runtime says of it. */
export function statePath(directory: string): string {
  return `${directory}/state.json`;
}

/** The container's init; undefined before it runs, and while the hook is still writing. */
export function readInit(directory: string): number | undefined {
  try {
    const { pid } = JSON.parse(tryReadText(statePath(directory)) ?? "{}") as Partial<State>;
    return pid === undefined || pid <= 1 ? undefined : pid;
  } catch {
    return undefined;
  }
}
