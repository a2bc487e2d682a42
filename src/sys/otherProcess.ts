import { using } from "./directory.ts";
import { openProcess, takeDescriptor, write } from "./libc.ts";
import { hasCode } from "./system.ts";

/** Writes a line on another process's standard error; where that is not ours to take, nobody hears it. */
export function complainThrough(pid: number, line: string): void {
  try {
    using(openProcess(pid), (process) =>
      using(takeDescriptor(process, 2), (errors) => write(errors, Buffer.from(`dynuser: ${line}\n`))),
    );
  } catch (error) {
    if (!hasCode(error, "EPERM", "EBADF", "EINVAL", "ESRCH", "ENOSYS", "EPIPE", "EAGAIN")) throw error;
  }
}
