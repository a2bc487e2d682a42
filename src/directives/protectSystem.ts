import { directive } from "../model/directive.ts";
import type { Access, PathEdit } from "../model/edit.ts";
import { graded } from "../model/suggestion.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { ordered } from "../values/within.ts";

const SYSTEM = ["/usr", "/boot", "/efi"];
const OPEN_UNDER_STRICT = ["/proc", "/sys", "/dev", "/home", "/run/user", "/root"];

const EDITS = {
  no: [],
  yes: edits("readOnly", SYSTEM),
  full: edits("readOnly", [...SYSTEM, "/etc"]),
  strict: [...edits("readOnly", ["/"]), ...edits("readWriteImplicit", OPEN_UNDER_STRICT)],
} as const satisfies Record<string, readonly PathEdit[]>;

export const ProtectSystem = directive({
  name: "ProtectSystem",
  summary: "Makes /usr, /boot and /etc, or the whole file system, read-only",
  value: { ...choiceOrBoolean(["no", "yes", "full", "strict"], "yes"), within: ordered("no", "yes", "full", "strict") },
  support: "partial",
  effect: "restricts",
  suggest: { rank: 8, ...graded("strict", "full", "yes") },
  deviation:
    "a missing /usr or /etc is not an error, as images may lack them; paths of other directives below a read-only path inherit it; /run is read-only with strict, where systemd leaves it writable if MountAPIVFS= mounts it",
  plan: (value) => EDITS[value],
});

function edits(access: Access, paths: readonly string[]): readonly PathEdit[] {
  return paths.map((path) => ({ kind: "path", path, access, optional: true }));
}
