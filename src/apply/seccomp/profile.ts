import type { Filter } from "../../filter.ts";
import { type Action, ALLOW, actionOf, strictest } from "./action.ts";
import { cubesOf } from "./cube.ts";
import { always, type Case, type Decision, decide, restrictBy } from "./decision.ts";

/** What a process may call: the engine's filter, or several filters taken together. */
export interface Profile {
  /** For calls without a decision of their own, and for numbers without a name. */
  readonly otherwise: Action;
  readonly decisions: ReadonlyMap<string, Decision>;
}

export const ALLOW_EVERYTHING: Profile = { otherwise: ALLOW, decisions: new Map() };

/** All filters together, in the order in which they are installed. */
export function profileOf(filters: readonly Filter[]): Profile {
  return filters.map(profileOfOne).reduce(intersect, ALLOW_EVERYTHING);
}

/** What both allow; where both forbid, the stricter action, of equally strict ones the later. */
export function intersect(earlier: Profile, later: Profile): Profile {
  const decisions = new Map<string, Decision>();
  const both = sharing(restrictBy);
  const fromLater = always(later.otherwise);
  for (const [call, decision] of earlier.decisions) {
    decisions.set(call, both(decision, later.decisions.get(call) ?? fromLater));
  }
  const fromEarlier = always(earlier.otherwise);
  for (const [call, decision] of later.decisions) {
    if (!decisions.has(call)) decisions.set(call, both(fromEarlier, decision));
  }
  return { otherwise: strictest(earlier.otherwise, later.otherwise), decisions };
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
  return profile.decisions.get(call) ?? always(profile.otherwise);
}

function profileOfOne(filter: Filter): Profile {
  const rules = filter.rules.map(({ calls, when, verdict }) => {
    const action = actionOf(verdict);
    return { calls, cases: cubesOf(when ?? []).map((cube) => ({ cube, action })) };
  });
  return profileFrom(groupByRules(rules), actionOf(filter.otherwise));
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
export function profileFrom(groups: readonly Rule[], otherwise: Action): Profile {
  const decisions = new Map<string, Decision>();
  for (const { calls, cases } of groups) {
    const decision = decide(cases, otherwise);
    for (const call of calls) decisions.set(call, decision);
  }
  return { otherwise, decisions };
}
