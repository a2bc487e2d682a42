import type { Edit, SeccompEdit } from "../../edit.ts";
import type { Filter } from "../../filter.ts";
import type { Seccomp } from "../../oci/spec.ts";
import { expandCalls } from "../../values/systemCalls.ts";
import { ALLOW, allows } from "./action.ts";
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
  readonly profile: Profile;
  /** Calls that are not what they are in the engine's profile; undefined when its default, and so every call, is not. */
  readonly changed: ReadonlySet<string> | undefined;
  /** Calls that the filters forbid and that stay as the engine has them, because they are needed. */
  readonly kept: readonly string[];
}

/** With every group written out. */
export function filtersOf(edits: readonly Edit[]): readonly Filter[] {
  return edits.filter((edit): edit is SeccompEdit => edit.kind === "seccomp").map((edit) => spellOut(edit.filter));
}

export function spellOut(filter: Filter): Filter {
  return { ...filter, rules: filter.rules.map((rule) => ({ ...rule, calls: [...expandCalls(rule.calls)] })) };
}

export function merge({ engine, filters, needed }: Merging): Merged {
  const given = readEngineProfile(engine);
  const wanted = profileOf(inInstallOrder(filters));
  const both = intersect(given, wanted);
  const kept = needed.filter((call) => forbidsAlways(both, call) && !forbidsAlways(given, call));
  const decisions = new Map(both.decisions);
  for (const call of kept) decisions.set(call, decisionFor(given, call));

  const profile = { ...both, decisions };
  const isChanged = (call: string): boolean =>
    decisions.get(call) !== given.decisions.get(call) ||
    (given.contradictory.has(call) && !allowsAlways(decisionFor(wanted, call)));
  if (profile.otherwise !== given.otherwise) return { profile, kept, changed: undefined };
  return { profile, kept, changed: new Set([...decisions.keys()].filter(isChanged)) };
}

function allowsAlways({ cases, otherwise }: Decision): boolean {
  return cases.length === 0 && otherwise === ALLOW;
}

function forbidsAlways(profile: Profile, call: string): boolean {
  const { cases, otherwise } = decisionFor(profile, call);
  return !allows(otherwise) && !cases.some((one) => allows(one.action));
}
