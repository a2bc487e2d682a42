import type { Context } from "../model/directive.ts";
import { directive } from "../model/directive.ts";
import type { PlannedChange } from "../model/edit.ts";
import { grade } from "../model/suggestion.ts";
import { isReadOnly } from "../oci/mountOptions.ts";
import { ownProc } from "../values/apiFileSystems.ts";
import { choiceOrBoolean } from "../values/choice.ts";

const PLACE = "/sys/fs/cgroup";

export const ProtectControlGroups = directive({
  name: "ProtectControlGroups",
  summary: "Makes the control group hierarchy read-only, or mounts it in a new cgroup namespace",
  value: choiceOrBoolean(["no", "yes", "private", "strict"], "yes"),
  support: "partial",
  effect: "restricts",
  suggest: { rank: 11, ...grade("yes") },
  deviation: "in an engine's container, private is writable only if the engine mounts /sys/fs/cgroup writable",
  *plan(value, context) {
    const { facts } = context;
    const possible = facts.cgroups.unified ? value : withoutUnified(value);
    if (possible === "no") return;
    yield* protect(possible, context);
    yield* ownProc(facts.rootfs);
  },
});

/** private and strict need a pure cgroup v2 host (src/core/exec-invoke.c, exec_context_get_effective_…). */
function withoutUnified(value: "no" | "yes" | "private" | "strict"): "no" | "yes" {
  return value === "yes" || value === "strict" ? "yes" : "no";
}

function* protect(value: "yes" | "private" | "strict", context: Context): Iterable<PlannedChange> {
  const place = { kind: "path", path: PLACE } as const;
  if (value === "yes") yield { ...place, access: "readOnly", optional: true };
  if (value === "yes") return;
  yield { kind: "namespace", type: "cgroup" };
  const flags = {
    noSuid: true,
    noDevices: true,
    noExec: true,
    readOnly: value === "strict" || !mayWrite(context),
  } as const;
  yield { ...place, access: "kernel", fileSystem: "cgroup2", ...flags };
}

/** Otherwise root in a container could lift the limits of its engine. */
function mayWrite({ facts, spec }: Context): boolean {
  const mount = spec.mounts?.findLast(({ destination }) => destination === PLACE);
  return facts.rootfs.isHost || (mount !== undefined && !isReadOnly(mount));
}
