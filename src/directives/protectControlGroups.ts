import { directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import { isReadOnly } from "../oci/mountOptions.ts";
import type { Context } from "../plan.ts";
import { ownProc } from "../values/apiFileSystems.ts";
import { choiceOrBoolean } from "../values/choice.ts";

const PLACE = "/sys/fs/cgroup";

export const ProtectControlGroups = directive({
  name: "ProtectControlGroups",
  summary: "Makes control groups read-only, or shows the service only its own",
  value: choiceOrBoolean(["no", "yes", "private", "strict"], "yes"),
  support: "partial",
  effect: "takes",
  deviation: "in an image's container `private` is as read-only as the engine's own mount, or as none",
  *plan(value, context) {
    const { facts } = context;
    const possible = facts.cgroups.unified ? value : withoutUnified(value);
    if (possible === "no") return;
    yield* protect(possible, context);
    yield* ownProc(facts.rootfs);
  },
});

/** As systemd does where version 2 is not alone (src/core/exec-invoke.c, exec_context_get_effective_…). */
function withoutUnified(value: "no" | "yes" | "private" | "strict"): "no" | "yes" {
  return value === "yes" || value === "strict" ? "yes" : "no";
}

function* protect(value: "yes" | "private" | "strict", context: Context): Iterable<Change> {
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

/** Root of a container could otherwise lift the limits that its engine has set. */
function mayWrite({ facts, spec }: Context): boolean {
  const mount = spec.mounts?.findLast(({ destination }) => destination === PLACE);
  return facts.rootfs.isHost || (mount !== undefined && !isReadOnly(mount));
}
