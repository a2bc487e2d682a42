import type { PathEdit } from "../edit.ts";
import type { Facts } from "../facts.ts";
import type { Mount, Spec } from "../oci/spec.ts";
import { layOut } from "./layout.ts";
import { isBelow } from "./mountState.ts";
import { containerPath, resolvePaths } from "./paths.ts";
import type { Layout } from "./walk.ts";

/**
 * The spec with all path edits in it: mounts, root.readonly, readonlyPaths and maskedPaths. Mounts of ours come after
 * what they lie on and before what lies on them; the engine's keep their order.
 */
export function applyMounts(spec: Spec, edits: readonly PathEdit[], facts: Facts): Spec {
  if (edits.length === 0 && !facts.rootfs.isHost) return spec;
  const layout = layOut(spec, resolvePaths(spec.mounts ?? [], edits, facts), facts);
  const { root } = spec;
  return {
    ...spec,
    ...(layout.rootReadOnly && root && { root: { ...root, readonly: true } }),
    mounts: place(spec.mounts ?? [], layout, facts),
    ...withPathLists(spec, layout),
  };
}

interface Slot {
  readonly path: string;
  readonly mounts: readonly Mount[];
}

/** A mount of ours takes the slot of what it replaces, so that applying twice changes nothing. */
function place(before: readonly Mount[], layout: Layout, facts: Facts): readonly Mount[] {
  const slots: Slot[] = [];
  for (const mount of before) {
    const path = containerPath(mount, facts);
    const kept = layout.kept.get(path)?.(mount);
    const mounts = kept ? [kept] : layout.made.get(path);
    if (mounts !== undefined && (kept || !isIn(slots, path))) slots.push({ path, mounts });
  }
  for (const [path, mounts] of layout.made) {
    if (!isIn(slots, path)) slots.splice(positionOf(path, slots), 0, { path, mounts });
  }
  return slots.flatMap((slot) => slot.mounts);
}

function isIn(slots: readonly Slot[], path: string): boolean {
  return slots.some((slot) => slot.path === path);
}

/** Right before the first mount below `path` that is not hidden by a later one above it. */
function positionOf(path: string, slots: readonly Slot[]): number {
  const under = slots.findLastIndex((slot) => slot.path === path || isBelow(path, slot.path));
  const over = slots.findIndex((slot, i) => i > under && isBelow(slot.path, path));
  return over === -1 ? slots.length : over;
}

function withPathLists({ linux }: Spec, { readonlyPaths, maskedPaths }: Layout): Pick<Spec, "linux"> {
  if (readonlyPaths.length === 0 && maskedPaths.length === 0) return {};
  return {
    linux: {
      ...linux,
      ...(readonlyPaths.length > 0 && { readonlyPaths: union(linux?.readonlyPaths, readonlyPaths) }),
      ...(maskedPaths.length > 0 && { maskedPaths: union(linux?.maskedPaths, maskedPaths) }),
    },
  };
}

function union(before: readonly string[] = [], added: readonly string[]): readonly string[] {
  return [...new Set([...before, ...added])];
}
