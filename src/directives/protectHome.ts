import { directive } from "../directive.ts";
import { choiceOrBoolean } from "../values/choice.ts";

export const ProtectHome = directive({
  name: "ProtectHome",
  summary: "Hides the users' home directories or makes them read-only",
  value: choiceOrBoolean(["no", "yes", "read-only", "tmpfs"], "yes"),
  support: "full",
  effect: "takes",
});
