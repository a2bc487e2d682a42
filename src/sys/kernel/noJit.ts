/** Why no command of dynuser can start; also for libexec/dynuser, which puts it between quotes. */
export const NO_JIT =
  "found no right to make memory executable, which its JavaScript engine needs (execmem): leave out MemoryDenyWriteExecute= around it, or with SELinux load its policy module (semodule -i /usr/share/dynuser/selinux/dynuser.cil)";

/** The exit status of `dynuser prepare` then; libexec/dynuser reports it to the engine. */
export const PREPARE_STATUS = 123;

const FAILED = 125;

/**
 * Ends the process with one line where an error says that FFI does not work: no command can, and a module that throws
 * while it is loaded is printed with a stack trace. Without FFI, node's own functions are left.
 */
export function endWithoutJit(error: unknown): never {
  if (!(error instanceof Error) || !error.message.includes("requires the JIT")) throw error;
  const { appendFileSync, writeSync } = process.getBuiltinModule("node:fs");
  const line = `dynuser: cannot start: ${NO_JIT}\n`;
  const command = process.argv[2];
  try {
    // podman discards a hook's standard error; podman's own reaches the user
    if (command === "hook") appendFileSync(`/proc/${process.ppid}/fd/2`, line);
    else if (command !== "prepare") writeSync(2, line);
  } catch {
    // there is no other place to report it
  }
  process.exit(command === "prepare" ? PREPARE_STATUS : FAILED);
}
