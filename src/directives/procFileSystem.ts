import { UserError } from "../errors.ts";
import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { grade, graded } from "../model/suggestion.ts";
import { procFileSystem } from "../values/apiFileSystems.ts";
import { choice } from "../values/choice.ts";
import { isAtLeast } from "../values/version.ts";

export const ProtectProc = directive({
  name: "ProtectProc",
  summary: "Which processes of other users are visible in /proc",
  value: choice(["default", "noaccess", "invisible", "ptraceable"]),
  support: "full",
  effect: "restricts",
  suggest: { rank: 16, ...graded("invisible", "noaccess") },
  *plan(value) {
    if (value !== "default") yield procFileSystem(`hidepid=${value}`);
  },
});

export const ProcSubset = directive({
  name: "ProcSubset",
  summary: "Whether /proc shows everything or only the processes",
  value: choice(["all", "pid"]),
  support: "partial",
  effect: "restricts",
  suggest: { rank: 17, ...grade("pid") },
  deviation: "pid is refused with runc 1.3 or newer, which cannot start such a container",
  *plan(value, context) {
    if (value === "pid") yield* onlyProcesses(context);
  },
});

function* onlyProcesses({ facts: { runtime } }: Context): Iterable<PlannedChange> {
  if (runtime.name === "runc" && isAtLeast(runtime.version, [1, 3])) {
    throw new UserError(
      `cannot honour ProcSubset=pid: found runc ${runtime.version}, which reads /proc/sys when it starts a container, expected crun`,
    );
  }
  yield procFileSystem("subset=pid");
}
