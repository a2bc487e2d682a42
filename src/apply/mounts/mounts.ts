import type { Edit, PathEdit } from "../../model/edit.ts";
import type { Facts } from "../../model/facts.ts";
import type { Spec } from "../../oci/spec.ts";
import { computeLayout } from "./layout.ts";
import type { State } from "./mountState.ts";
import { resolvePaths } from "./paths.ts";
import { place } from "./place.ts";
import type { Layout } from "./walk.ts";

/**
 * The spec with all path edits in it: mounts, root.readonly, readonlyPaths and maskedPaths. dynuser's mounts come after
 * what they lie on and before what lies on them; the engine's keep their order.
 */
export function applyMounts(spec: Spec, edits: readonly PathEdit[], facts: Facts): Spec {
  if (edits.length === 0 && !facts.rootfs.isHost) return spec;
  const layout = computeLayout(spec, resolvePaths(spec.mounts ?? [], edits, facts), facts);
  const { root } = spec;
  return {
    ...spec,
    ...(layout.rootReadOnly && root && { root: { ...root, readonly: true } }),
    mounts: place(spec.mounts ?? [], layout, facts),
    ...withPathLists(spec, layout),
  };
}

/** What dynuser has to set on mounts of the rootfs itself, by path: the same layout leaves them out of the spec. */
export function restrictedMounts(spec: Spec, edits: readonly Edit[], facts: Facts): ReadonlyMap<string, State> {
  if (facts.rootfs.restrictsMounts !== true) return new Map();
  return computeLayout(spec, resolvePaths(spec.mounts ?? [], edits.filter(isPathEdit), facts), facts).restricted;
}

export function isPathEdit(edit: Edit): edit is PathEdit {
  return edit.kind === "path";
}

function withPathLists({ linux }: Spec, { readonlyPaths, maskedPaths }: Layout): Pick<Spec, "linux"> {
  if (readonlyPaths.size === 0 && maskedPaths.length === 0) return {};
  return {
    linux: {
      ...linux,
      ...(readonlyPaths.size > 0 && { readonlyPaths: union(linux?.readonlyPaths, readonlyPaths) }),
      ...(maskedPaths.length > 0 && { maskedPaths: union(linux?.maskedPaths, maskedPaths) }),
    },
  };
}

function union(before: readonly string[] = [], added: Iterable<string>): readonly string[] {
  return [...new Set([...before, ...added])];
}
