import type { FilterAction } from "../../model/filter.ts";
import type { SeccompAction } from "../../oci/spec.ts";

/** What happens to a call, as the kernel sees it: equal actions are equal texts, `SCMP_ACT_ERRNO:38`. */
export type Action = SeccompAction | `${"SCMP_ACT_ERRNO" | "SCMP_ACT_TRACE"}:${number}`;

export const ALLOW: Action = "SCMP_ACT_ALLOW";

/** ENOSYS. */
export const NO_SUCH_CALL: Action = "SCMP_ACT_ERRNO:38";

/** Strictest first, as in seccomp(2). */
const RANKS: readonly SeccompAction[] = [
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_LOG",
  "SCMP_ACT_ALLOW",
];

const EPERM = 1;

/** Of the config; without a number both runtimes return EPERM. */
export function readAction(name: SeccompAction, errno: number | undefined): Action {
  switch (name) {
    case "SCMP_ACT_ERRNO":
    case "SCMP_ACT_TRACE":
      return `${name}:${errno ?? EPERM}`;
    case "SCMP_ACT_KILL_THREAD":
      return "SCMP_ACT_KILL";
    default:
      return name;
  }
}

export function actionOf(action: FilterAction): Action {
  switch (action.action) {
    case "allow":
      return "SCMP_ACT_ALLOW";
    case "log":
      return "SCMP_ACT_LOG";
    case "kill":
      return "SCMP_ACT_KILL_PROCESS";
    case "killThread":
      return "SCMP_ACT_KILL";
    case "trap":
      return "SCMP_ACT_TRAP";
    case "errno":
      return `SCMP_ACT_ERRNO:${action.errno}`;
  }
}

/** As the config has it. */
export function formatAction(action: Action): { readonly action: SeccompAction; readonly errnoRet?: number } {
  const [name, number] = action.split(":") as [SeccompAction, string | undefined];
  return number === undefined ? { action: name } : { action: name, errnoRet: Number(number) };
}

/** Whether calls go through, perhaps leaving a line in the log. */
export function allows(action: Action): boolean {
  return action === "SCMP_ACT_ALLOW" || action === "SCMP_ACT_LOG";
}

/** What two filters do together: the stricter action, of equally strict ones that of the later filter. */
export function strictest(earlier: Action, later: Action): Action {
  if (earlier === later) return earlier;
  return rank(later) <= rank(earlier) ? later : earlier;
}

/** 0 is the strictest. */
export function rank(action: Action): number {
  const colon = action.indexOf(":");
  return RANKS.indexOf((colon < 0 ? action : action.slice(0, colon)) as SeccompAction);
}
