import { using } from "../files/directory.ts";
import { write } from "../kernel/libc.ts";
import { openProcess, takeDescriptor } from "../kernel/processCalls.ts";
import { hasCode } from "../kernel/system.ts";

/** Writes a line on another process's standard error; without the right to open that, the line is lost. */
export function writeErrorTo(pid: number, line: string): void {
  try {
    using(openProcess(pid), (process) =>
      using(takeDescriptor(process, 2), (errors) => write(errors, Buffer.from(`dynuser: ${line}\n`))),
    );
  } catch (error) {
    if (!hasCode(error, "EPERM", "EBADF", "EINVAL", "ESRCH", "ENOSYS", "EPIPE", "EAGAIN")) throw error;
  }
}
