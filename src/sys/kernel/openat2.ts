import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from "./callNumbers.ts";
import { check, cString, ENOSYS, lastErrno, type Name, nameText, systemCall } from "./libc.ts";

const EAGAIN = 11;

/** A rename or a mount anywhere on the host lets a lookup with RESOLVE_IN_ROOT fail with EAGAIN (openat2(2)). */
const OPEN_RETRIES = 128;

/** See openat2(2); close-on-exec is added, `resolve` are RESOLVE_ flags. */
export function openat2(directory: number, path: Name, flags: number, resolve: number, mode = 0): number {
  return check(callOpenat2(directory, path, flags, resolve, mode), "open", path);
}

/** ENOENT, EXDEV, ENOTDIR, ELOOP. */
export const LEADS_NOWHERE = [2, 18, 20, 40];

/** As `openat2`; undefined where the path leads nowhere, or one of these errors says so. */
export function tryOpenat2(
  directory: number,
  path: Name,
  flags: number,
  resolve: number,
  errors: readonly number[] = LEADS_NOWHERE,
): number | undefined {
  const result = callOpenat2(directory, path, flags, resolve, 0);
  return result < 0 && errors.includes(lastErrno()) ? undefined : check(result, "open", path);
}

function callOpenat2(directory: number, path: Name, flags: number, resolve: number, mode: number): number {
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), BigInt(mode), BigInt(resolve)]);
  const name = cString(path);
  let result = systemCall("openat2", directory, name, how, how.byteLength);
  for (let retries = 0; result < 0 && lastErrno() === EAGAIN && retries < OPEN_RETRIES; retries++) {
    result = systemCall("openat2", directory, name, how, how.byteLength);
  }
  const isFiltered = result < 0 && lastErrno() === ENOSYS && (resolve & RESOLVE_NO_SYMLINKS) !== 0;
  return isFiltered ? openByComponents(directory, path, flags, mode) : result;
}

const RESOLVE_NO_SYMLINKS = 0x04;

/**
 * What openat2(2) does without following links, in a sandbox whose filter says that there is no such call, as that of
 * RestrictSUIDSGID= does. `..` is refused.
 */
function openByComponents(directory: number, path: Name, flags: number, mode: number): number {
  const text = nameText(path);
  const names = text.split("/").filter((name) => name !== "" && name !== ".");
  const last = names.pop() ?? ".";
  const way = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  let current = systemCall("openat", directory, cString(text.startsWith("/") ? "/" : "."), way);
  for (const name of [...names, undefined]) {
    if (current < 0 || name === ".." || last === "..") return -1;
    const above = current;
    current =
      name === undefined
        ? systemCall("openat", above, cString(last), flags | O_NOFOLLOW | O_CLOEXEC, mode)
        : systemCall("openat", above, cString(name), way);
    systemCall("close", above);
  }
  return current;
}
