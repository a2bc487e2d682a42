import { UserError } from "../errors.ts";
import { isWritable } from "../sys/files/files.ts";
import { isInUserNamespace } from "../sys/process/ownNamespace.ts";
import { effectiveUser } from "../sys/process/process.ts";

/**
 * Only root of the host can allocate its users, make their directories and mount; root of a user namespace cannot.
 * @throws UserError with the alternative
 */
export function requireRoot(command: string): void {
  const uid = effectiveUser();
  if (uid === 0 && isWritable("/run")) return;
  throw new UserError(
    `cannot run dynuser ${command}: found ${callerName(uid)}, expected root (${alternativeTo(command, uid)})`,
  );
}

function callerName(uid: number): string {
  if (uid !== 0) return `user ${uid}`;
  return isInUserNamespace() ? "root of a user namespace" : "root with a read-only /run";
}

function alternativeTo(command: string, uid: number): string {
  return uid === 0 ? "call it outside of the sandbox" : `sudo dynuser ${command}`;
}
