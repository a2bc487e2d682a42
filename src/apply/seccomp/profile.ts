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
  const fromLater = always(later.otherwise);
  for (const [call, decision] of earlier.decisions) {
    decisions.set(call, restrictBy(decision, later.decisions.get(call) ?? fromLater));
  }
  const fromEarlier = always(earlier.otherwise);
  for (const [call, decision] of later.decisions) {
    if (!decisions.has(call)) decisions.set(call, restrictBy(fromEarlier, decision));
  }
  return { otherwise: strictest(earlier.otherwise, later.otherwise), decisions };
}

export function decisionFor(profile: Profile, call: string): Decision {
  return profile.decisions.get(call) ?? always(profile.otherwise);
}

function profileOfOne(filter: Filter): Profile {
  const rules = new Map<string, Case[]>();
  for (const { calls, when, verdict } of filter.rules) {
    const action = actionOf(verdict);
    const cases = cubesOf(when ?? []).map((cube) => ({ cube, action }));
    for (const call of calls) appendTo(rules, call, cases);
  }
  return profileFrom(rules, actionOf(filter.otherwise));
}

/** One decision for each call from its rules. */
export function profileFrom(rules: ReadonlyMap<string, readonly Case[]>, otherwise: Action): Profile {
  const decisions = new Map<string, Decision>();
  for (const [call, cases] of rules) decisions.set(call, decide(cases, otherwise));
  return { otherwise, decisions };
}

export function appendTo(rules: Map<string, Case[]>, call: string, cases: readonly Case[]): void {
  const before = rules.get(call);
  if (before === undefined) rules.set(call, [...cases]);
  else before.push(...cases);
}
