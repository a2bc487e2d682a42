import type { Filter } from "../../model/filter.ts";
import { type Action, ALLOW, actionOf, strictest } from "./action.ts";
import { cubesOf } from "./cube.ts";
import { always, type Case, type Decision, decide, restrictBy } from "./decision.ts";

/** What a process may call: the engine's filter, or several filters taken together. */
export interface Profile {
  /** For calls without a decision of their own, and for numbers without a name. */
  readonly defaultAction: Action;
  readonly decisions: ReadonlyMap<string, Decision>;
}

export const ALLOW_EVERYTHING: Profile = { defaultAction: ALLOW, decisions: new Map() };

/** All filters together, in the order in which they are installed. */
export function profileOf(filters: readonly Filter[]): Profile {
  return filters.map(profileOfOne).reduce(intersect, ALLOW_EVERYTHING);
}

/** What both allow; where both forbid, the stricter action, of equally strict ones the later. */
export function intersect(earlier: Profile, later: Profile): Profile {
  const decisions = new Map<string, Decision>();
  const both = sharing(restrictBy);
  const fromLater = always(later.defaultAction);
  for (const [call, decision] of earlier.decisions) {
    decisions.set(call, both(decision, later.decisions.get(call) ?? fromLater));
  }
  const fromEarlier = always(earlier.defaultAction);
  for (const [call, decision] of later.decisions) {
    if (!decisions.has(call)) decisions.set(call, both(fromEarlier, decision));
  }
  return { defaultAction: strictest(earlier.defaultAction, later.defaultAction), decisions };
}

/** Hundreds of calls have few different decisions: what follows from a pair of them is worked out once. */
function sharing(join: (earlier: Decision, later: Decision) => Decision): typeof join {
  const known = new Map<Decision, Map<Decision, Decision>>();
  return (earlier, later) => {
    const ofEarlier = known.get(earlier) ?? new Map<Decision, Decision>();
    known.set(earlier, ofEarlier);
    const joined = ofEarlier.get(later) ?? join(earlier, later);
    ofEarlier.set(later, joined);
    return joined;
  };
}

export function decisionFor(profile: Profile, call: string): Decision {
  return profile.decisions.get(call) ?? always(profile.defaultAction);
}

function profileOfOne(filter: Filter): Profile {
  const rules = filter.rules.map((rule) => {
    const { calls, when } = rule;
    const action = actionOf(rule.action);
    return { calls, cases: cubesOf(when ?? []).map((cube) => ({ cube, action })) };
  });
  return profileFrom(groupByRules(rules), actionOf(filter.defaultAction));
}

/** What some calls have in common. */
export interface Rule {
  readonly calls: readonly string[];
  readonly cases: readonly Case[];
}

/** Calls that are in the same rules, and the cases of these. */
export function groupByRules(rules: readonly Rule[]): readonly Rule[] {
  const places = new Map<string, string>();
  rules.forEach(({ calls }, index) => {
    for (const call of calls) places.set(call, `${places.get(call) ?? ""} ${index}`);
  });
  const groups = Map.groupBy(places.keys(), (call) => places.get(call)!);
  return [...groups].map(([indexes, calls]) => ({
    calls,
    cases: indexes
      .trimStart()
      .split(" ")
      .flatMap((index) => rules[Number(index)]!.cases),
  }));
}

/** One decision for the calls of each group. */
export function profileFrom(groups: readonly Rule[], defaultAction: Action): Profile {
  const decisions = new Map<string, Decision>();
  for (const { calls, cases } of groups) {
    const decision = decide(cases, defaultAction);
    for (const call of calls) decisions.set(call, decision);
  }
  return { defaultAction, decisions };
}
