import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const ProtectKernelLogs = directive({
  name: "ProtectKernelLogs",
  summary: "Hides the kernel's log",
  value: boolean,
  support: "full",
  effect: "takes",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYSLOG"] };
    yield { kind: "path", path: "/proc/kmsg", access: "inaccessible", optional: true };
    yield { kind: "path", path: "/dev/kmsg", access: "inaccessible", optional: true };
    yield { kind: "seccomp", filter: impliedFilter("ProtectKernelLogs") };
  },
});
