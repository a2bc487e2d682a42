import { isBelow } from "../../apply/mounts/mountState.ts";
import { type MountAccess, placesOf } from "../../exposure/access.ts";
import { ACCESSES, type PathEdit } from "../../model/edit.ts";
import type { Owned } from "../../model/plan.ts";
import type { AnalyzedSubject } from "./subject.ts";

/** A path of the container, and the directives that determine its access. */
export interface OwnedPlace extends MountAccess {
  /** Directives, or `engine`. */
  readonly owners: readonly string[];
}

/** The paths of the container, parents first. */
export function filesOf({ before, after, plan }: AnalyzedSubject): readonly OwnedPlace[] {
  const edits = (plan?.edits ?? []).filter((owned): owned is Owned<PathEdit> => owned.item.kind === "path");
  const earlier = new Map(placesOf(before).map((place) => [place.path, JSON.stringify(place)]));
  return placesOf(after).map((place) => ({ ...place, owners: ownersOf(place, edits, earlier.get(place.path)) }));
}

/** Among several edits of one path the strongest access wins (edit.ts, ACCESSES); without any it is the engine's. */
function ownersOf(
  place: MountAccess,
  edits: readonly Owned<PathEdit>[],
  earlier: string | undefined,
): readonly string[] {
  const here = edits.filter(({ item }) => item.path === place.path);
  if (here.length > 0) return strongest(here);
  return earlier === JSON.stringify(place) ? ["engine"] : nearestOwners(place.path, edits);
}

function strongest(edits: readonly Owned<PathEdit>[]): readonly string[] {
  const rank = ({ item }: Owned<PathEdit>) => ACCESSES.indexOf(item.access);
  const best = Math.min(...edits.map(rank));
  return [...new Set(edits.filter((edit) => rank(edit) === best).map(({ owner }) => owner))];
}

/** A mount of the host below a path that an edit changes. */
function nearestOwners(path: string, edits: readonly Owned<PathEdit>[]): readonly string[] {
  const above = edits.filter(({ item }) => isBelow(path, item.path));
  const longest = Math.max(0, ...above.map(({ item }) => item.path.length));
  return strongest(above.filter(({ item }) => item.path.length === longest));
}
