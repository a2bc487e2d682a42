import { isPathEdit, restrictedMounts } from "../../apply/mounts/mounts.ts";
import type { Predicted, Start } from "../../start/pipeline.ts";
import { keepingDirectories } from "../../sys/files/directory.ts";
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
    const facts = start.lookAgain?.() ?? start.facts;
    restrictRootfs({
      noExec: edits.some((edit) => isPathEdit(edit) && edit.path === "/" && edit.access === "noExec"),
      noSuid: spec.process?.noNewPrivileges === true,
      mounts: keepingDirectories(() => restrictedMounts(start.spec, edits, facts)),
    });
  };
}
