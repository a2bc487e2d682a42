import type { Edit, SeccompEdit } from "../../edit.ts";
import type { Filter } from "../../filter.ts";
import type { Seccomp } from "../../oci/spec.ts";
import { allows } from "./action.ts";
import type { Decision } from "./decision.ts";
import { readEngineProfile } from "./engine.ts";
import { inInstallOrder } from "./installOrder.ts";
import { decisionFor, intersect, type Profile, profileOf } from "./profile.ts";

export interface Merging {
  readonly engine: Seccomp | undefined;
  readonly filters: readonly Filter[];
  /** Calls without which the runtime starts nothing. */
  readonly needed: readonly string[];
}

export interface Merged {
  /** What the engine alone allows. */
  readonly engine: Profile;
  readonly profile: Profile;
  /** Calls that the filters forbid and that stay as the engine has them, because they are needed. */
  readonly kept: readonly string[];
}

export function filtersOf(edits: readonly Edit[]): readonly Filter[] {
  return edits.filter((edit): edit is SeccompEdit => edit.kind === "seccomp").map((edit) => edit.filter);
}

export function merge({ engine, filters, needed }: Merging): Merged {
  const given = readEngineProfile(engine);
  const merged = intersect(given, profileOf(inInstallOrder(filters)));
  const kept = needed.filter((call) => {
    return forbidsAlways(decisionFor(merged, call)) && !forbidsAlways(decisionFor(given, call));
  });
  const decisions = new Map(merged.decisions);
  for (const call of kept) decisions.set(call, decisionFor(given, call));
  return { engine: given, profile: { ...merged, decisions }, kept };
}

function forbidsAlways({ cases, otherwise }: Decision): boolean {
  return !allows(otherwise) && !cases.some((one) => allows(one.action));
}
