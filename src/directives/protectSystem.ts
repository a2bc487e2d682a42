import { directive } from "../directive.ts";
import type { Access, PathEdit } from "../edit.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { ranked } from "../values/within.ts";

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
  summary: "Makes the operating system's files read-only",
  value: { ...choiceOrBoolean(["no", "yes", "full", "strict"], "yes"), within: ranked("no", "yes", "full", "strict") },
  support: "partial",
  effect: "takes",
  deviation:
    "a missing /usr or /etc is no error, as images may lack them; paths of other directives below inherit; /run is read-only under strict even if systemd lists it for MountAPIVFS=",
  plan: (value) => EDITS[value],
});

function edits(access: Access, paths: readonly string[]): readonly PathEdit[] {
  return paths.map((path) => ({ kind: "path", path, access, optional: true }));
}
