import { type Edit, ENVIRONMENT_LAYERS, type EnvironmentEdit, type UnsetEnvironmentEdit } from "../../model/edit.ts";
import type { Spec } from "../../oci/spec.ts";

/**
 * Puts the variables of all layers over those of the engine, later layers over earlier ones, and removes those that are
 * unset (src/core/exec-invoke.c, build_environment and strv_env_merge).
 */
export function applyEnvironment(spec: Spec, edits: readonly Edit[]): Spec {
  const layers = edits.filter((edit) => edit.kind === "environment").sort(compareLayers);
  const unset = edits.filter((edit) => edit.kind === "unsetEnvironment").flatMap((edit) => edit.names);
  if (spec.process === undefined || (layers.length === 0 && unset.length === 0)) return spec;
  const env = remove(merge(spec.process.env ?? [], layers), unset);
  return { ...spec, process: { ...spec.process, env } };
}

function compareLayers(a: EnvironmentEdit, b: EnvironmentEdit): number {
  return ENVIRONMENT_LAYERS.indexOf(a.layer) - ENVIRONMENT_LAYERS.indexOf(b.layer);
}

/** A variable keeps its place when it gets another value. */
function merge(base: readonly string[], layers: readonly EnvironmentEdit[]): readonly string[] {
  const entries = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const { variables } of layers) {
    for (const [name, value] of Object.entries(variables)) entries.set(name, `${name}=${value}`);
  }
  return [...entries.values()];
}

function remove(env: readonly string[], unset: UnsetEnvironmentEdit["names"]): readonly string[] {
  return env.filter((entry) => !unset.includes(entry) && !unset.includes(nameOf(entry)));
}

function nameOf(entry: string): string {
  return entry.split("=", 1)[0]!;
}
