import { prctl } from "../kernel/processCalls.ts";

/** Arguments of PR_SET_THP_DISABLE (prctl(2)); PR_THP_DISABLE_EXCEPT_ADVISED is 2. */
const ARGUMENTS = { never: [0, 0], always: [1, 0], "unless advised": [1, 2] } as const;

const PR_SET_THP_DISABLE = 41;

/** Disables transparent huge pages for this process and its future children; false if the kernel cannot. */
export function disableHugePages(when: keyof typeof ARGUMENTS): boolean {
  try {
    prctl(PR_SET_THP_DISABLE, ...ARGUMENTS[when]);
    return true;
  } catch {
    return false;
  }
}
