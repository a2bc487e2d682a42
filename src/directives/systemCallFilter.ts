import { directive } from "../model/directive.ts";
import { ALLOW, errno, type FilterAction, type FilterRule, type FilterRules, KILL } from "../model/filter.ts";
import { grade } from "../model/suggestion.ts";
import { type CallList, resolveLines, type SyscallAction, systemCallFilter } from "../values/systemCallList.ts";
import { SystemCallErrorNumber } from "./systemCallErrorNumber.ts";

const ENOSYS = 38;

/** The groups of systemd-analyze(1) security that @system-service includes. */
const CALL_GROUPS = ["clock", "cpu-emulation", "debug", "module", "mount", "obsolete", "raw-io", "reboot", "swap"];
const SERVICE_CALLS = grade("@system-service", ...CALL_GROUPS.map((group) => grade(`~@${group}`)));

export const SystemCallFilter = directive({
  name: "SystemCallFilter",
  summary: "Limits system calls to those listed, or with ~ to all others",
  value: systemCallFilter,
  support: "partial",
  effect: "restricts",
  suggest: { rank: 5, values: ["@system-service", "~@privileged @resources"], weaker: [SERVICE_CALLS] },
  deviation:
    "The system calls that the low-level runtime makes after it has loaded the filter stay allowed; `dynuser show` lists them. A system call that libseccomp does not know cannot be denied if the engine's profile allows everything; this is reported.",
  filter: {
    order: 150,
    rules(lines, { service }) {
      const filter = filterOf(resolveLines(lines, ["@default"]), actionOf(service.get(SystemCallErrorNumber)));
      return filter.rules.length > 0 ? filter : undefined;
    },
  },
});

function filterOf(list: CallList, refusal: FilterAction): FilterRules {
  if (list.polarity === "unlisted") return { defaultAction: ALLOW, rules: rulesOf(list, refusal) };
  // Calls newer than systemd's table fail with ENOSYS, so that programs fall back to older ones.
  const rules = [...rulesOf(list, ALLOW), { calls: list.others, action: refusal }];
  return { defaultAction: errno(ENOSYS), rules };
}

function rulesOf({ named }: CallList, usual: FilterAction): readonly FilterRule[] {
  const rules = [...named].map(([answer, calls]) => ({
    calls,
    action: answer === undefined ? usual : actionOf(answer),
  }));
  return rules.filter(({ calls }) => calls.length > 0);
}

function actionOf(answer: SyscallAction | undefined): FilterAction {
  return answer === undefined || answer === "kill" ? KILL : errno(answer);
}
