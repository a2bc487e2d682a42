import { directive } from "../directive.ts";
import { ALLOW, errno, type Filter, type FilterRule, KILL, type Verdict } from "../filter.ts";
import { type Answer, type CallList, resolveLines, systemCallFilter } from "../values/systemCallList.ts";
import { SystemCallErrorNumber } from "./systemCallErrorNumber.ts";

const ENOSYS = 38;

export const SystemCallFilter = directive({
  name: "SystemCallFilter",
  summary: "System calls that may be used, or with ~ those that may not",
  value: systemCallFilter,
  support: "partial",
  effect: "takes",
  deviation:
    "The few calls that the low-level runtime makes after loading the filter stay as the engine has them; `dynuser show` lists them. A call that libseccomp does not know cannot be forbidden where the engine allows everything, which is reported.",
  *plan(lines, { service }) {
    const filter = filterOf(resolveLines(lines, ["@default"]), verdictOf(service.get(SystemCallErrorNumber)));
    if (filter.rules.length > 0) yield { kind: "seccomp", filter };
  },
});

function filterOf(list: CallList, refusal: Verdict): Filter {
  const name = "SystemCallFilter";
  if (list.polarity === "unlisted") return { name, otherwise: ALLOW, rules: rulesOf(list, refusal) };
  // Calls that are newer than systemd's table do not exist for the service, so that programs fall back to older ones.
  const rules = [...rulesOf(list, ALLOW), { calls: list.others, verdict: refusal }];
  return { name, otherwise: errno(ENOSYS), rules };
}

function rulesOf({ named }: CallList, usual: Verdict): readonly FilterRule[] {
  const rules = [...named].map(([answer, calls]) => ({
    calls,
    verdict: answer === undefined ? usual : verdictOf(answer),
  }));
  return rules.filter(({ calls }) => calls.length > 0);
}

function verdictOf(answer: Answer | undefined): Verdict {
  return answer === undefined || answer === "kill" ? KILL : errno(answer);
}
