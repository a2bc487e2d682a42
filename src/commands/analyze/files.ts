import { isBelow } from "../../apply/mountState.ts";
import { ACCESSES, type PathEdit } from "../../edit.ts";
import { type Place, placesOf } from "../../exposure/access.ts";
import type { Owned } from "../../plan.ts";
import type { Examined } from "./examined.ts";

/** A place of the container's tree, and who asked for it to be as it is. */
export interface OwnedPlace extends Place {
  /** Directives, `engine` for what was there before us. */
  readonly owners: readonly string[];
}

/** What the container sees, parents first. */
export function describeFiles({ before, after, plan }: Examined): readonly OwnedPlace[] {
  const edits = (plan?.edits ?? []).filter((owned): owned is Owned<PathEdit> => owned.item.kind === "path");
  const earlier = new Map(placesOf(before).map((place) => [place.path, JSON.stringify(place)]));
  return placesOf(after).map((place) => ({ ...place, owners: ownersOf(place, edits, earlier.get(place.path)) }));
}

/** Of several for one path those count that win (edit.ts, ACCESSES); what nobody asked for was there before. */
function ownersOf(place: Place, edits: readonly Owned<PathEdit>[], earlier: string | undefined): readonly string[] {
  const here = edits.filter(({ item }) => item.path === place.path);
  if (here.length > 0) return strongest(here);
  return earlier === JSON.stringify(place) ? ["engine"] : nearestOwners(place.path, edits);
}

function strongest(edits: readonly Owned<PathEdit>[]): readonly string[] {
  const rank = ({ item }: Owned<PathEdit>) => ACCESSES.indexOf(item.access);
  const best = Math.min(...edits.map(rank));
  return [...new Set(edits.filter((edit) => rank(edit) === best).map(({ owner }) => owner))];
}

/** A mount of the host below a path that somebody asked to change. */
function nearestOwners(path: string, edits: readonly Owned<PathEdit>[]): readonly string[] {
  const above = edits.filter(({ item }) => isBelow(path, item.path));
  const longest = Math.max(0, ...above.map(({ item }) => item.path.length));
  return strongest(above.filter(({ item }) => item.path.length === longest));
}
