import { close, openProcess, takeDescriptor, write } from "./libc.ts";
import { hasCode } from "./system.ts";

/** Writes a line on another process's standard error; where that is not ours to take, nobody hears it. */
export function complainThrough(pid: number, line: string): void {
  try {
    const process = openProcess(pid);
    const descriptor = takeDescriptor(process, 2);
    write(descriptor, Buffer.from(`dynuser: ${line}\n`));
    for (const one of [descriptor, process]) close(one);
  } catch (error) {
    if (!hasCode(error, "EPERM", "EBADF", "EINVAL", "ESRCH", "ENOSYS", "EPIPE", "EAGAIN")) throw error;
  }
}
