import { directive } from "../directive.ts";
import { choiceOrBoolean } from "../values/choice.ts";

export const ProtectSystem = directive({
  name: "ProtectSystem",
  summary: "Makes the operating system's files read-only",
  value: choiceOrBoolean(["no", "yes", "full", "strict"], "yes"),
  support: "full",
  effect: "takes",
});
