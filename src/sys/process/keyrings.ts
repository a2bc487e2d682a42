import { tryReadText } from "../files/files.ts";
import { lastErrno, systemCall } from "../kernel/libc.ts";
import { asUser } from "./asUser.ts";

/*
 * The kernel keeps keys of a user without a process (user-keyring(7), user-session-keyring(7), persistent-keyring(7)): a later
 * user of the same UID would read them. Only the user itself reaches its keyrings.
 */

const THREAD_KEYRING = -1;
const USER_KEYRING = -4;
const USER_SESSION_KEYRING = -5;
const KEYCTL_GET_KEYRING_ID = 0;
const KEYCTL_SETPERM = 5;
const KEYCTL_CLEAR = 7;
/** Of the possessor and the owner. */
const ALL_RIGHTS = 0x3f3f0000;
const KEYCTL_GET_PERSISTENT = 22;

/** Whether the kernel accounts keys to the user (/proc/key-users, keyrings(7)). */
function hasKeys(uid: number): boolean {
  return new RegExp(`^ *${uid}:`, "m").test(tryReadText("/proc/key-users") ?? "");
}

/**
 * Empties the user's keyrings; nothing happens for a user without keys. They are not invalidated: until the kernel has
 * collected one, it may find none of the others (ENOKEY).
 * @returns false where the user has taken the right to do so from all processes of its UID, root's included
 */
export function clearKeyrings(uid: number): boolean {
  if (uid === 0 || !hasKeys(uid)) return true;
  return asUser(uid, () => {
    const own = [USER_SESSION_KEYRING, USER_KEYRING].map((keyring) =>
      empty(keyring, systemCall("keyctl", KEYCTL_GET_KEYRING_ID, keyring, 0)),
    );
    // a link from a keyring of this thread gives the right to write to it
    const persistent = systemCall("keyctl", KEYCTL_GET_PERSISTENT, -1, THREAD_KEYRING);
    const isEmpty = empty(persistent, persistent);
    systemCall("keyctl", KEYCTL_CLEAR, THREAD_KEYRING);
    return isEmpty && own.every(Boolean);
  });
}

/** @param found its number, or the result of a call that has failed */
function empty(keyring: number, found: number): boolean {
  const EACCES = 13;
  if (found < 0 && lastErrno() !== EACCES) return true;
  systemCall("keyctl", KEYCTL_SETPERM, found < 0 ? keyring : found, ALL_RIGHTS);
  return systemCall("keyctl", KEYCTL_CLEAR, found < 0 ? keyring : found) >= 0;
}
