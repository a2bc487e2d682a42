import { directive } from "../directive.ts";
import { mode } from "../values/mode.ts";

export const UMask = directive({
  name: "UMask",
  summary: "Permission bits that new files do not get",
  value: mode,
  support: "full",
  effect: "neutral",
  *plan(value) {
    yield { kind: "process", field: "umask", value };
  },
});
