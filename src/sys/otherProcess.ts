import { closeSync, writeSync } from "node:fs";
import { openProcess, takeDescriptor } from "./libc.ts";
import { hasCode } from "./system.ts";

/** Writes a line on another process's standard error; where that is not ours to take, nobody hears it. */
export function complainThrough(pid: number, line: string): void {
  try {
    const process = openProcess(pid);
    const descriptor = takeDescriptor(process, 2);
    writeSync(descriptor, `dynuser: ${line}\n`);
    for (const one of [descriptor, process]) closeSync(one);
  } catch (error) {
    if (!hasCode(error, "EPERM", "EBADF", "ESRCH", "ENOSYS", "EPIPE", "EAGAIN")) throw error;
  }
}
