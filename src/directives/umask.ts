import { directive } from "../model/directive.ts";
import { graded } from "../model/suggestion.ts";
import { mode } from "../values/mode.ts";

export const UMask = directive({
  name: "UMask",
  summary: "Sets the file mode creation mask",
  value: mode,
  support: "full",
  effect: "neutral",
  suggest: { rank: 26, ...graded("0077", "0027") },
  *plan(value) {
    yield { kind: "process", field: "umask", value };
  },
});
