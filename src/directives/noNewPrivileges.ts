import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";

export const NoNewPrivileges = directive({
  name: "NoNewPrivileges",
  summary: "Lets no program gain privileges, set-user-ID ones included",
  value: boolean,
  support: "partial",
  deviation:
    "every mount but the root becomes nosuid, where systemd does so with all mounts or, if it needs no mount namespace, with none; set-ID bits have no effect anyway",
  effect: "takes",
  *plan(enabled) {
    // "no" leaves the engine's own choice.
    if (enabled) yield { kind: "process", field: "noNewPrivileges", value: true };
  },
});
