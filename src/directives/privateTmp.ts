import { directive } from "../directive.ts";
import { choiceOrBoolean } from "../values/choice.ts";

export const PrivateTmp = directive({
  name: "PrivateTmp",
  summary: "Gives the service a /tmp and a /var/tmp of its own",
  value: choiceOrBoolean(["no", "yes", "disconnected"], "yes"),
  support: "full",
  effect: "takes",
});
