import type { Edit, SeccompEdit } from "../../model/edit.ts";
import { type Filter, inInstallOrder } from "../../model/filter.ts";
import type { Seccomp } from "../../oci/spec.ts";
import { expandCalls } from "../../values/systemCalls.ts";
import { ALLOW, allows, NO_SUCH_CALL } from "./action.ts";
import { type Decision, restrictBy } from "./decision.ts";
import { readEngineProfile } from "./engine.ts";
import { decisionFor, intersect, type Profile, profileOf } from "./profile.ts";

export interface Merging {
  readonly engine: Seccomp | undefined;
  readonly filters: readonly Filter[];
  /** Calls without which the runtime starts nothing. */
  readonly needed: readonly string[];
  /** Calls that the runtime does without when they fail with ENOSYS. */
  readonly replaceable?: readonly string[];
}

export interface Merged {
  readonly profile: Profile;
  /** Calls that are not what they are in the engine's profile; undefined when its default, and so every call, is not. */
  readonly changed: ReadonlySet<string> | undefined;
  /** Calls that filters forbid, and that these leave alone because they are needed. */
  readonly kept: readonly string[];
}

/** With every group written out. */
export function filtersOf(edits: readonly Edit[]): readonly Filter[] {
  return edits.filter((edit): edit is SeccompEdit => edit.kind === "seccomp").map((edit) => expandGroups(edit.filter));
}

export function expandGroups(filter: Filter): Filter {
  return { ...filter, rules: filter.rules.map((rule) => ({ ...rule, calls: [...expandCalls(rule.calls)] })) };
}

export function merge({ engine, filters, needed, replaceable = [] }: Merging): Merged {
  const given = readEngineProfile(engine);
  const wanted = profileOf(inInstallOrder(filters));
  const both = intersect(given, wanted);
  const isNewlyForbidden = (call: string) => forbidsAlways(both, call) && !forbidsAlways(given, call);
  const kept = needed.filter(isNewlyForbidden);
  const decisions = new Map(both.decisions);
  const single = kept.length === 0 ? [] : filters.map((filter) => profileOf([filter]));
  for (const call of kept) decisions.set(call, withoutProhibitions(call, given, single));
  for (const call of replaceable.filter(isNewlyForbidden))
    decisions.set(call, { cases: [], defaultAction: NO_SUCH_CALL });

  const profile = { ...both, decisions };
  const isChanged = (call: string): boolean =>
    decisions.get(call) !== given.decisions.get(call) ||
    (given.contradictory.has(call) && !allowsAlways(decisionFor(wanted, call)));
  if (profile.defaultAction !== given.defaultAction) return { profile, kept, changed: undefined };
  return { profile, kept, changed: new Set([...decisions.keys()].filter(isChanged)) };
}

/** What the filters that do not forbid the call as a whole say of it: they still log it, or look at its arguments. */
function withoutProhibitions(call: string, given: Profile, filters: readonly Profile[]): Decision {
  const others = filters.filter((filter) => !forbidsAlways(filter, call));
  return others.reduce((decision, filter) => restrictBy(decision, decisionFor(filter, call)), decisionFor(given, call));
}

function allowsAlways({ cases, defaultAction }: Decision): boolean {
  return cases.length === 0 && defaultAction === ALLOW;
}

function forbidsAlways(profile: Profile, call: string): boolean {
  const { cases, defaultAction } = decisionFor(profile, call);
  return !allows(defaultAction) && !cases.some((one) => allows(one.action));
}
