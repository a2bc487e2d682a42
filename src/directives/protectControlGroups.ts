import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { ownProc } from "../values/apiFileSystems.ts";
import { choiceOrBoolean } from "../values/choice.ts";

const PLACE = "/sys/fs/cgroup";

export const ProtectControlGroups = directive({
  name: "ProtectControlGroups",
  summary: "Makes control groups read-only, or shows the service only its own",
  value: choiceOrBoolean(["no", "yes", "private", "strict"], "yes"),
  support: "full",
  effect: "takes",
  *plan(value, { facts }) {
    const possible = facts.cgroups.unified ? value : withoutUnified(value);
    if (possible === "no") return;
    yield* protect(possible);
    yield* ownProc(facts.rootfs);
  },
});

/** As systemd does where version 2 is not alone (src/core/exec-invoke.c, exec_context_get_effective_…). */
function withoutUnified(value: "no" | "yes" | "private" | "strict"): "no" | "yes" {
  return value === "yes" || value === "strict" ? "yes" : "no";
}

function* protect(value: "yes" | "private" | "strict"): Iterable<Change> {
  const place = { kind: "path", path: PLACE } as const;
  if (value === "yes") yield { ...place, access: "readOnly", optional: true };
  if (value === "yes") return;
  yield { kind: "namespace", type: "cgroup" };
  const flags = { noSuid: true, noDevices: true, noExec: true, readOnly: value === "strict" } as const;
  yield { ...place, access: "kernel", fileSystem: "cgroup2", ...flags };
}
