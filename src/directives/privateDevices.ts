import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const PrivateDevices = directive({
  name: "PrivateDevices",
  summary: "Keeps physical devices away",
  value: boolean,
  support: "partial",
  effect: "takes",
  deviation:
    "Takes the capabilities and the system calls; /dev stays the engine's, which has pseudo devices and what was passed with --device.",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_MKNOD", "CAP_SYS_RAWIO"] };
    yield { kind: "seccomp", filter: impliedFilter("PrivateDevices") };
  },
});
