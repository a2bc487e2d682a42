import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";
import { denyCalls } from "../values/denyCalls.ts";

export const ProtectKernelModules = directive({
  name: "ProtectKernelModules",
  summary: "Denies loading and unloading of kernel modules, and makes /usr/lib/modules inaccessible",
  value: boolean,
  support: "full",
  effect: "restricts",
  suggest: { rank: 12, ...grade("yes") },
  filter: { order: 80, rules: (enabled) => (enabled ? denyCalls("@module") : undefined) },
  *plan(enabled) {
    if (!enabled) return;
    yield { kind: "capabilities", drop: ["CAP_SYS_MODULE"] };
    yield { kind: "path", path: "/usr/lib/modules", access: "inaccessible", optional: true };
  },
});
