import type { CapabilitiesEdit, Edit } from "../../model/edit.ts";
import type { Capabilities, CapabilitySet, Spec } from "../../oci/spec.ts";

/** All of them at once: what one edit drops no other one brings back. Never wider than before, but for ambient ones. */
export function applyCapabilities(spec: Spec, edits: readonly Edit[]): Spec {
  const wanted = edits.filter((edit) => edit.kind === "capabilities");
  if (spec.process === undefined || wanted.length === 0) return spec;
  const capabilities = combine(spec.process.capabilities ?? {}, wanted);
  return { ...spec, process: { ...spec.process, capabilities } };
}

function combine(before: Capabilities, edits: readonly CapabilitiesEdit[]): Capabilities {
  const bounding = (before.bounding ?? []).filter((name) => edits.every((edit) => isKept(name, edit)));
  const requested = edits.flatMap((edit) => edit.ambient ?? []).filter((name) => bounding.includes(name));
  const onlyAmbient = edits.some((edit) => edit.onlyAmbient);
  // Otherwise the program of a user that is not root would start with what root had.
  const rest = (set: CapabilitySet): readonly string[] =>
    onlyAmbient ? [] : (before[set] ?? []).filter((name) => edits.every((edit) => isKept(name, edit)));
  return {
    ...before,
    bounding,
    effective: join(rest("effective"), requested),
    permitted: join(rest("permitted"), requested),
    inheritable: join(rest("inheritable"), requested),
    ambient: join(rest("ambient"), requested),
  };
}

function isKept(name: string, { keep, drop }: CapabilitiesEdit): boolean {
  return (keep === undefined || keep.includes(name)) && !(drop ?? []).includes(name);
}

function join(before: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...before, ...more])];
}
