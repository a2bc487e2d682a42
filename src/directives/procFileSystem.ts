import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { UserError } from "../errors.ts";
import type { Context } from "../plan.ts";
import { procFileSystem } from "../values/apiFileSystems.ts";
import { choice } from "../values/choice.ts";
import { isAtLeast } from "../values/version.ts";

export const ProtectProc = directive({
  name: "ProtectProc",
  summary: "Which processes of others the service sees in /proc",
  value: choice(["default", "noaccess", "invisible", "ptraceable"]),
  support: "full",
  effect: "takes",
  *plan(value) {
    if (value !== "default") yield procFileSystem(`hidepid=${value}`);
  },
});

export const ProcSubset = directive({
  name: "ProcSubset",
  summary: "Leaves nothing but processes in /proc",
  value: choice(["all", "pid"]),
  support: "partial",
  effect: "takes",
  deviation: "refused with runc 1.3 or newer, which cannot start a container then",
  *plan(value, context) {
    if (value === "pid") yield* onlyProcesses(context);
  },
});

function* onlyProcesses({ facts: { runtime } }: Context): Iterable<Change> {
  if (runtime.name === "runc" && isAtLeast(runtime.version, [1, 3])) {
    throw new UserError(
      `cannot honour ProcSubset=pid: found runc ${runtime.version}, which reads /proc/sys when it starts a container, expected crun`,
    );
  }
  yield procFileSystem("subset=pid");
}
