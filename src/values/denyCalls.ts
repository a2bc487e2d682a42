import { errno, type FilterRules, forbid } from "../model/filter.ts";

const EPERM = 1;

/** A filter that denies system calls in addition to a directive's main effect (systemd.exec(5), SYSTEM CALL FILTERING). */
export function denyCalls(...calls: readonly string[]): FilterRules {
  return forbid(errno(EPERM), [{ calls }]);
}
