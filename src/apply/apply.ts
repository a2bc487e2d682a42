import type { Edit } from "../model/edit.ts";
import type { Facts } from "../model/facts.ts";
import type { Spec } from "../oci/spec.ts";
import { applyLinux } from "./linux.ts";
import { applyMounts, isPathEdit } from "./mounts/mounts.ts";
import { applyAttributes } from "./process/attributes.ts";
import { applyDevices } from "./process/devices.ts";
import { applyEnvironment } from "./process/environment.ts";
import { applyHostname, applyNamespaces } from "./process/namespaces.ts";
import { applyProcess } from "./process/process.ts";
import { joinFilters } from "./seccomp/filters.ts";
import { applyUserNamespace } from "./userNamespace.ts";

/**
 * The spec with all edits in it. Pure and idempotent; members that no edit changes survive, unknown ones included.
 */
export function applyEdits(spec: Spec, edits: readonly Edit[], facts: Facts): Spec {
  const paths = edits.filter(isPathEdit);
  const steps: readonly ((spec: Spec) => Spec)[] = [
    (given) => applyProcess(given, edits),
    (given) => applyAttributes(given, edits),
    (given) => applyEnvironment(given, edits),
    (given) => applyNamespaces(given, edits),
    (given) => applyHostname(given, edits),
    (given) => applyLinux(given, edits),
    (given) => applyDevices(given, edits),
    (given) => applyMounts(given, paths, facts),
    (given) => applyFilters(given, edits, facts),
    (given) =>
      applyUserNamespace(
        given,
        edits.findLast((edit) => edit.kind === "userNamespace"),
        facts,
      ),
  ];
  return steps.reduce((given, step) => step(given), spec);
}

function applyFilters(spec: Spec, edits: readonly Edit[], facts: Facts): Spec {
  const { seccomp } = joinFilters(spec, edits, facts);
  return seccomp === spec.linux?.seccomp ? spec : { ...spec, linux: { ...spec.linux, seccomp: seccomp! } };
}
