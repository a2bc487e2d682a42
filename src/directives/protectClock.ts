import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { denyCalls } from "../values/denyCalls.ts";

export const ProtectClock = directive({
  name: "ProtectClock",
  summary: "Denies changes to the system and hardware clocks",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: { rank: 15, ...grade("yes") },
  filter: { order: 100, rules: (enabled) => (enabled ? denyCalls("@clock") : undefined) },
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYS_TIME", "CAP_WAKE_ALARM"] };
    // deviceRules.ts allows reading the hardware clock where devices are restricted.
  },
});
