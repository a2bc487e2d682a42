import { directive } from "../directive.ts";
import { ALLOW, type Verdict } from "../filter.ts";
import { resolveLines, systemCallLog } from "../values/systemCallList.ts";

const LOG: Verdict = { action: "log" };

export const SystemCallLog = directive({
  name: "SystemCallLog",
  summary: "System calls whose use is logged, or with ~ those whose use is not",
  value: systemCallLog,
  support: "full",
  effect: "neutral",
  *plan(lines) {
    const { polarity, named } = resolveLines(lines, []);
    const calls = named.get(undefined) ?? [];
    if (polarity === "listed" && calls.length === 0) return;
    const [listed, otherwise] = polarity === "listed" ? [LOG, ALLOW] : [ALLOW, LOG];
    const rules = [{ calls, verdict: listed }];
    yield { kind: "seccomp", filter: { name: "SystemCallLog", otherwise, rules } };
  },
});
