import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";
import { impliedFilter } from "../values/impliedFilter.ts";

export const ProtectKernelModules = directive({
  name: "ProtectKernelModules",
  summary: "Refuses to load and unload kernel modules, and hides them",
  value: boolean,
  support: "full",
  effect: "takes",
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYS_MODULE"] };
    yield { kind: "path", path: "/usr/lib/modules", access: "inaccessible", optional: true };
    yield { kind: "seccomp", filter: impliedFilter("ProtectKernelModules") };
  },
});
