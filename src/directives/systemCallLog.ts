import { directive } from "../model/directive.ts";
import { ALLOW, type FilterAction } from "../model/filter.ts";
import { resolveLines, systemCallLog } from "../values/systemCallList.ts";

const LOG: FilterAction = { action: "log" };

export const SystemCallLog = directive({
  name: "SystemCallLog",
  summary: "Logs the use of the listed system calls, or with ~ of all others",
  value: systemCallLog,
  support: "full",
  effect: "neutral",
  binding: true,
  filter: {
    order: 140,
    rules(lines) {
      const { polarity, named } = resolveLines(lines, []);
      const calls = named.get(undefined) ?? [];
      if (polarity === "listed" && calls.length === 0) return undefined;
      const [listed, defaultAction] = polarity === "listed" ? [LOG, ALLOW] : [ALLOW, LOG];
      return { defaultAction, rules: [{ calls, action: listed }] };
    },
  },
});
