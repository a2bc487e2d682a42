import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const ProtectClock = directive({
  name: "ProtectClock",
  summary: "Refuses to set the clock",
  value: boolean,
  support: "full",
  effect: "takes",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYS_TIME", "CAP_WAKE_ALARM"] };
    // Where devices are limited, deviceRules.ts lets clocks be read.
    yield { kind: "seccomp", filter: impliedFilter("ProtectClock") };
  },
});
