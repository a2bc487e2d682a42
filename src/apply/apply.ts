import type { Edit, PathEdit } from "../edit.ts";
import type { Facts } from "../facts.ts";
import type { Spec } from "../oci/spec.ts";
import { applyAttributes } from "./attributes.ts";
import { applyDevices } from "./devices.ts";
import { applyEnvironment } from "./environment.ts";
import { joinFilters } from "./filters.ts";
import { applyLinux } from "./linux.ts";
import { applyMounts } from "./mounts.ts";
import { applyNamespaces } from "./namespaces.ts";
import { applyProcess } from "./process.ts";
import { applyUserNamespace } from "./userNamespace.ts";

/**
 * The spec with all edits in it. Pure; applying the same edits again changes nothing, and what nobody asked to change
 * survives, members we know nothing of included.
 */
export function applyEdits(spec: Spec, edits: readonly Edit[], facts: Facts): Spec {
  const paths = edits.filter((edit): edit is PathEdit => edit.kind === "path");
  const steps: readonly ((spec: Spec) => Spec)[] = [
    (given) => applyProcess(given, edits),
    (given) => applyAttributes(given, edits),
    (given) => applyEnvironment(given, edits),
    (given) => applyNamespaces(given, edits),
    (given) => applyLinux(given, edits),
    (given) => applyDevices(given, edits),
    (given) => applyMounts(given, paths, facts),
    (given) => applyFilters(given, edits, facts),
    (given) =>
      applyUserNamespace(
        given,
        edits.find((edit) => edit.kind === "userNamespace"),
      ),
  ];
  return steps.reduce((given, step) => step(given), spec);
}

function applyFilters(spec: Spec, edits: readonly Edit[], facts: Facts): Spec {
  const { seccomp } = joinFilters(spec, edits, facts);
  return seccomp === spec.linux?.seccomp ? spec : { ...spec, linux: { ...spec.linux, seccomp: seccomp! } };
}
