import { check, systemCall } from "../kernel/libc.ts";

/**
 * This thread alone acts as the user: keyrings belong to the real user ID, and a user may signal its processes in any user
 * namespace. The saved ID leads back.
 */
export function asUser<T>(uid: number, act: () => T): T {
  check(systemCall("setresuid", uid, uid, 0), "setresuid");
  try {
    return act();
  } finally {
    check(systemCall("setresuid", 0, 0, 0), "setresuid");
  }
}
