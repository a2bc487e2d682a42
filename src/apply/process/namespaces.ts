import type { Edit } from "../../model/edit.ts";
import type { Namespace, Spec } from "../../oci/spec.ts";

export function applyHostname(spec: Spec, edits: readonly Edit[]): Spec {
  const edit = edits.find((one) => one.kind === "hostname");
  return edit === undefined ? spec : { ...spec, hostname: edit.hostname };
}

/** Namespaces of the container's own, or joined by path; one of each type. */
export function applyNamespaces(spec: Spec, edits: readonly Edit[]): Spec {
  const wanted = edits.flatMap((edit) => (edit.kind === "namespace" ? [namespaceOf(edit)] : []));
  if (wanted.length === 0) return spec;
  const types = new Set(wanted.map(({ type }) => type));
  const kept = (spec.linux?.namespaces ?? []).filter(({ type }) => !types.has(type));
  const unique = wanted.filter(({ type }, index) => wanted.findIndex((other) => other.type === type) === index);
  return { ...spec, linux: { ...spec.linux, namespaces: [...kept, ...unique] } };
}

function namespaceOf({ type, path }: Namespace): Namespace {
  return path === undefined ? { type } : { type, path };
}
