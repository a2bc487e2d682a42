import { isPathEdit, restrictedMounts } from "../../apply/mounts/mounts.ts";
import type { Predicted, Start } from "../../start/pipeline.ts";
import { makeOwnTerminals, makePrivateDevices } from "./privateDevices.ts";
import { mountProc, restrictRootfs } from "./privateMounts.ts";
import { foreignProc } from "./procFileSystem.ts";

/** Applies to the rootfs what the runtime cannot do; for each command in the sandbox, as its plan may ask for more. */
export function makeSandboxTree(start: Start): (resolved: Predicted) => void {
  let hasProc = false;
  return ({ spec, plan }) => {
    const proc = foreignProc(spec);
    if (proc !== undefined && !hasProc) mountProc(proc.options ?? []);
    hasProc ||= proc !== undefined;
    makeOwnTerminals(spec);
    makePrivateDevices(spec);
    const edits = plan.edits.map(({ item }) => item);
    restrictRootfs({
      noExec: edits.some((edit) => isPathEdit(edit) && edit.path === "/" && edit.access === "noExec"),
      noSuid: spec.process?.noNewPrivileges === true,
      mounts: restrictedMounts(start.spec, edits, start.lookAgain?.() ?? start.facts),
    });
  };
}
