import type { Facts } from "../../model/facts.ts";
import type { Mount } from "../../oci/spec.ts";
import { pathsAbove } from "./pathIndex.ts";
import { containerPath } from "./paths.ts";
import type { Layout } from "./walk.ts";

/** A mount takes the place of the one that it replaces, so that applying twice changes nothing. */
export function place(before: readonly Mount[], layout: Layout, facts: Facts): readonly Mount[] {
  const slots = slotsOf(before, layout, facts);
  const gaps = fillGaps(slots, layout.made);
  return gaps.flatMap((made, index) => [...made, ...(slots[index]?.mounts ?? [])]);
}

interface Slot {
  readonly path: string;
  readonly mounts: readonly Mount[];
}

/** What is in the places of the mounts that the spec had. */
function slotsOf(before: readonly Mount[], layout: Layout, facts: Facts): readonly Slot[] {
  const slots: Slot[] = [];
  const known = new Set<string>();
  for (const mount of before) {
    const path = containerPath(mount, facts);
    const kept = layout.kept.get(path)?.(mount);
    const mounts = kept ? [kept] : layout.made.get(path);
    if (mounts === undefined || (!kept && known.has(path))) continue;
    slots.push({ path, mounts });
    known.add(path);
  }
  return slots;
}

/**
 * The other mounts, parents first, each right before the first slot below its path that no later one above it hides:
 * the last of the result's items comes after all slots.
 */
function fillGaps(slots: readonly Slot[], made: ReadonlyMap<string, readonly Mount[]>): readonly (readonly Mount[])[] {
  const gaps: Mount[][] = Array.from({ length: slots.length + 1 }, () => []);
  const below = slotsBelow(slots);
  /** The first gap after the last mount on a path. */
  const first = new Map(slots.map(({ path }, index) => [path, index + 1]));
  const inSlots = new Set(first.keys());
  for (const [path, mounts] of made) {
    if (inSlots.has(path)) continue;
    let least = 0;
    for (const above of pathsAbove(path)) least = Math.max(least, first.get(above) ?? 0);
    const gap = below.get(path)?.find((index) => index >= least) ?? slots.length;
    gaps[gap]!.push(...mounts);
    first.set(path, gap);
  }
  return gaps;
}

/** The numbers of the slots below each path, in their order. */
function slotsBelow(slots: readonly Slot[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [index, { path }] of slots.entries()) {
    for (const above of pathsAbove(path)) {
      const known = found.get(above) ?? [];
      known.push(index);
      found.set(above, known);
    }
  }
  return found;
}
