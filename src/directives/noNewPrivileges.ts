import { directive } from "../model/directive.ts";
import { grade } from "../model/suggestion.ts";
import { boolean } from "../values/boolean.ts";

export const NoNewPrivileges = directive({
  name: "NoNewPrivileges",
  summary: "Ensures that no process gains privileges by execve(2), for example from set-user-ID files",
  value: boolean,
  support: "partial",
  deviation:
    "every mount except a read-only root becomes nosuid, where systemd changes only the paths of other settings; set-ID bits have no effect in either case",
  effect: "restricts",
  suggest: { rank: 18, ...grade("yes") },
  *plan(enabled) {
    // "no" keeps what the engine chose.
    if (enabled) yield { kind: "process", field: "noNewPrivileges", value: true };
  },
});
