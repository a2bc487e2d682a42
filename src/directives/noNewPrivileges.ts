import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";

export const NoNewPrivileges = directive({
  name: "NoNewPrivileges",
  summary: "Lets no program gain privileges, set-user-ID ones included",
  value: boolean,
  support: "partial",
  deviation:
    "every mount becomes nosuid but a read-only root, where systemd does so only with the paths that other settings list; set-ID bits have no effect anyway",
  effect: "takes",
  *plan(enabled) {
    // "no" leaves the engine's own choice.
    if (enabled) yield { kind: "process", field: "noNewPrivileges", value: true };
  },
});
