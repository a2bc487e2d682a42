import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { denyCalls } from "../values/denyCalls.ts";

export const ProtectKernelLogs = directive({
  name: "ProtectKernelLogs",
  summary: "Denies access to the kernel log ring buffer",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: { rank: 14, ...grade("yes") },
  filter: { order: 90, rules: (enabled) => (enabled ? denyCalls("syslog") : undefined) },
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYSLOG"] };
    yield { kind: "path", path: "/proc/kmsg", access: "inaccessible", optional: true };
    yield { kind: "path", path: "/dev/kmsg", access: "inaccessible", optional: true };
  },
});
