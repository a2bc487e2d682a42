import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";

export const NoNewPrivileges = directive({
  name: "NoNewPrivileges",
  summary: "Lets no program gain privileges, set-user-ID ones included",
  value: boolean,
  support: "partial",
  deviation: "the root mount itself does not become nosuid, as runtimes remount it; set-ID bits have no effect anyway",
  effect: "takes",
  *plan(enabled) {
    // "no" leaves the engine's own choice.
    if (enabled) yield { kind: "process", field: "noNewPrivileges", value: true };
  },
});
