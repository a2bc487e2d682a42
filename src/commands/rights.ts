import { UserError } from "../errors.ts";
import { isWritable } from "../sys/files.ts";
import { effectiveUser } from "../sys/process.ts";

/**
 * Users of the host, its directories and its mounts are root's to give, and not that of a user namespace. Whoever is not
 * root has the same from podman, whose user namespace has IDs of its own.
 * @throws UserError that says what to do instead
 */
export function requireRoot(command: string): void {
  const uid = effectiveUser();
  if (uid === 0 && isWritable("/run")) return;
  const found = uid === 0 ? "root of a user namespace" : `user ${uid}`;
  throw new UserError(
    `cannot ${command}: found ${found}, expected root, who alone may lease users and mount (sudo dynuser ${command}, or without root: podman --runtime /usr/libexec/dynuser/crun run --annotation dynuser/DynamicUser=yes)`,
  );
}
