import { quote, UserError } from "../errors.ts";
import { reasonText } from "../sys/failure.ts";
import { isWritable, tryReadText } from "../sys/files/files.ts";
import { SystemError } from "../sys/kernel/system.ts";
import { hostNames } from "../sys/names/hostNames.ts";
import { hasCapability } from "../sys/process/capabilities.ts";
import { effectiveGroup, effectiveUser } from "../sys/process/process.ts";
import { type IdRange, restartInUserNamespace } from "../sys/process/userNamespace.ts";
import { type Caller, callersEnvironment } from "./caller.ts";
import { whyForbidden } from "./userNamespaceSwitches.ts";

/**
 * A user without root becomes root of a new user namespace: this command starts again in it, and the call does not
 * return. Root goes on.
 * @param descriptors open files that the command uses in addition to the standard streams
 * @throws UserError with the cause and the remedy where the host forbids user namespaces
 */
export function becomeNamespaceRoot(command: string, descriptors: readonly number[] = []): void {
  const uid = effectiveUser();
  // Root of a container may lack the right to mount.
  if (uid === 0 && hasCapability("CAP_SYS_ADMIN")) return;
  explainRefusal(command, () =>
    restartInUserNamespace({
      uids: { id: uid, ranges: subordinateIds("/etc/subuid", uid) },
      gids: { id: effectiveGroup(), ranges: subordinateIds("/etc/subgid", uid) },
      args: process.argv.slice(2),
      environment: callersEnvironment(),
      descriptors,
    }),
  );
}

/**
 * Makes a user namespace, or the first mounts in it.
 * @throws UserError with the cause and the remedy where the kernel refuses
 */
export function explainRefusal<T>(command: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SystemError) || !REFUSALS.includes(error.code)) throw error;
    const user = effectiveUser() === 0 ? "root" : `user ${effectiveUser()}`;
    const { found, remedy } = whyForbidden((path) => tryReadText(path)) ?? unknownCause(error);
    const alternative = user === "root" ? "" : `; or sudo dynuser ${command}`;
    throw new UserError(
      `cannot run dynuser ${command} as ${user}: found ${found}, expected a user namespace (${remedy}${alternative})`,
    );
  }
}

/** Of clone(2) and mount(2) where user namespaces are forbidden, used up or without rights, and of a missing nsenter(1). */
const REFUSALS: readonly string[] = ["EPERM", "EACCES", "ENOSPC", "EUSERS", "EINVAL", "ENOSYS", "ENOENT"];

function unknownCause({ operation, path, code }: SystemError) {
  const call = `${operation} ${path}`.trimEnd();
  return {
    found: `${reasonText(new SystemError(code, operation, path))} from ${call}`,
    remedy:
      operation === "exec"
        ? "install util-linux"
        : "a container needs --security-opt seccomp=unconfined or CAP_SYS_ADMIN to make any",
  };
}

/** Of subuid(5) or subgid(5), whose lines name the user or its number; root of a container has its IDs. */
function subordinateIds(path: string, uid: number): readonly IdRange[] {
  if (uid === 0) return [{ first: 1, count: 65_535 }];
  const name = hostNames().findUser(uid)?.name;
  return (tryReadText(path) ?? "").split("\n").flatMap((line) => {
    const [owner = "", first, count] = line.split(":");
    const isOwn = owner !== "" && (owner === name || owner === String(uid));
    return isOwn && Number(count) > 0 ? [{ first: Number(first), count: Number(count) }] : [];
  });
}

/** @throws UserError for root of a user namespace without a writable directory, as in a sandbox */
export function refuseForeignRoot(command: string, { kind }: Caller): void {
  if (kind === "user" || isWritable("/run")) return;
  throw new UserError(
    `cannot run dynuser ${command}: found root with a read-only /run and ${quote("XDG_RUNTIME_DIR")} unset, expected one of both to be writable (call it outside of the sandbox)`,
  );
}
