import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const ProtectClock = directive({
  name: "ProtectClock",
  summary: "Refuses to set the clock",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation: "A policy for devices does not get `char-rtc r` added; DeviceAllow=char-rtc r does it.",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYS_TIME", "CAP_WAKE_ALARM"] };
    yield { kind: "seccomp", filter: impliedFilter("ProtectClock") };
  },
});
