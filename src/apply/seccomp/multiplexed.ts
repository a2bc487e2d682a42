import type { SeccompArgument } from "../../oci/spec.ts";
import { type Action, rank } from "./action.ts";

/**
 * 32-bit x86 reaches these through socketcall(2) and ipc(2), with their arguments in memory. libseccomp then compares
 * the number of the call in place of the first argument, so that rules which differ there alone become one rule with
 * several actions, and the runtimes fail with EEXIST.
 */
const MULTIPLEXED: ReadonlySet<string> = new Set(
  [
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmsg send sendmmsg",
    "sendmsg sendto setsockopt shutdown socket socketpair",
    "msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget",
  ].flatMap((line) => line.split(" ")),
);

/** Sets of arguments that rules of these calls leave alone, one for each action; what libseccomp tries first comes first. */
const MARKS: readonly (readonly number[])[] = [[5], [4], [3], [5, 4], [5, 3], [4, 3], [5, 4, 3]];

export interface Rule {
  readonly action: Action;
  readonly args: readonly SeccompArgument[];
}

/**
 * The same rules, kept apart by a comparison that always holds, on another argument for each action. Of the multiplexed
 * call the strictest action then counts: 32-bit programs that still use it are refused rather than let through.
 */
export function splitByAction(call: string, rules: readonly Rule[], architectures: readonly string[]): readonly Rule[] {
  if (!MULTIPLEXED.has(call) || !architectures.includes("SCMP_ARCH_X86")) return rules;
  const actions = [...new Set(rules.map((rule) => rule.action))].sort((a, b) => rank(a) - rank(b));
  if (actions.length < 2) return rules;
  return rules.map(({ action, args }) => {
    const marks = MARKS[actions.indexOf(action)] ?? [];
    return { action, args: [...args, ...marks.map((index) => ({ index, op: "SCMP_CMP_GE", value: 0 }) as const)] };
  });
}
