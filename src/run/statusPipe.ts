import { UserError } from "../errors.ts";
import { readStatusAt } from "../sys/files/status.ts";
import { writeAll } from "../sys/files/write.ts";
import { hasCode } from "../sys/kernel/system.ts";
import type { RunResult } from "./resultFile.ts";

/** Events of `--status-fd`, documented in docs/json.md. */
export type StatusEvent =
  | { readonly event: "started"; readonly pid: number; readonly uid: number; readonly user: string }
  | ({ readonly event: "ended" } & Pick<RunResult, "exitCode" | "result" | "verdict" | "message">);

export interface StatusPipe {
  write(event: StatusEvent): void;
}

/** @throws UserError when the descriptor is not open */
export function openStatusPipe(text: string): StatusPipe {
  const descriptor = /^\d{1,6}$/.test(text) ? Number(text) : undefined;
  if (descriptor === undefined || !isOpen(descriptor)) {
    throw new UserError(`cannot write --status-fd ${text}: expected the number of an open file descriptor`);
  }
  return { write: (event) => writeLine(descriptor, `${JSON.stringify(event)}\n`) };
}

function isOpen(descriptor: number): boolean {
  try {
    readStatusAt(descriptor);
    return true;
  } catch {
    return false;
  }
}

/** A supervisor that has closed its end does not stop the service. */
function writeLine(descriptor: number, line: string): void {
  try {
    writeAll(descriptor, Buffer.from(line));
  } catch (error) {
    if (!hasCode(error, "EPIPE")) throw error;
  }
}
