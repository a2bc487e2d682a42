import { type Action, ALLOW, rank, strictest } from "./action.ts";
import { type Cube, EVERYTHING, isEverything, refuseTooMany, split, subtractAll } from "./cube.ts";

/** What happens to one system call, for all its arguments: disjoint cases, and an action for everything else. */
export interface Decision {
  readonly cases: readonly Case[];
  readonly defaultAction: Action;
}

export interface Case {
  readonly cube: Cube;
  readonly action: Action;
}

export function always(action: Action): Decision {
  return { cases: [], defaultAction: action };
}

/** From rules that may overlap: the strictest one counts, as both runtimes' users expect and libseccomp does not promise. */
export function decide(rules: readonly Case[], defaultAction: Action): Decision {
  const cases: Case[] = [];
  for (const { cube, action } of rules.toSorted((a, b) => rank(a.action) - rank(b.action))) {
    if (isEverything(cube)) return withoutIdle(cases, action);
    const rest = subtractAll(
      cube,
      cases.map((one) => one.cube),
    );
    cases.push(...rest.map((piece) => ({ cube: piece, action })));
  }
  return withoutIdle(cases, defaultAction);
}

/** The decision together with a later filter that says `action` for the vectors of `cube`; itself when nothing changes. */
export function restrict(decision: Decision, cube: Cube, action: Action): Decision {
  if (isEverything(cube)) return restrictAll(decision, action);
  const cases = decision.cases.flatMap((one) => restrictCase(one, cube, action));
  const defaultAction = strictest(decision.defaultAction, action);
  if (defaultAction !== decision.defaultAction) {
    const rest = subtractAll(cube, cubesIn(decision.cases));
    cases.push(...rest.map((piece) => ({ cube: piece, action: defaultAction })));
  }
  refuseTooMany(cases);
  const same = cases.length === decision.cases.length && cases.every((one, index) => one === decision.cases[index]);
  return same ? decision : withoutIdle(cases, decision.defaultAction);
}

/** Both filters together. */
export function restrictBy(earlier: Decision, later: Decision): Decision {
  if (later.cases.length === 0) return restrictAll(earlier, later.defaultAction);
  const rest = later.defaultAction === ALLOW ? [] : remainder(later);
  const pieces = [...later.cases, ...rest.map((cube) => ({ cube, action: later.defaultAction }))];
  return pieces.reduce((decision, { cube, action }) => restrict(decision, cube, action), earlier);
}

/** The vectors of no case, as disjoint cubes. */
export function remainder({ cases }: Decision): readonly Cube[] {
  const cubes = cases.map((one) => one.cube);
  return subtractAll(
    EVERYTHING,
    cubes.toSorted((a, b) => weight(a) - weight(b)),
  );
}

function restrictAll(decision: Decision, action: Action): Decision {
  const defaultAction = strictest(decision.defaultAction, action);
  const actions = decision.cases.map((one) => strictest(one.action, action));
  const same =
    defaultAction === decision.defaultAction && decision.cases.every((one, index) => one.action === actions[index]);
  if (same) return decision;
  return withoutIdle(
    decision.cases.map(({ cube }, index) => ({ cube, action: actions[index]! })),
    defaultAction,
  );
}

/** Cases that do what happens anyway are none. */
function withoutIdle(cases: readonly Case[], defaultAction: Action): Decision {
  return { cases: cases.filter((one) => one.action !== defaultAction), defaultAction };
}

function restrictCase(one: Case, cube: Cube, action: Action): readonly Case[] {
  const stricter = strictest(one.action, action);
  if (stricter === one.action) return [one];
  const { inside, outside } = split(one.cube, cube);
  if (inside.length === 0) return [one];
  return [
    ...inside.map((piece) => ({ cube: piece, action: stricter })),
    ...outside.map((piece) => ({ cube: piece, action: one.action })),
  ];
}

function cubesIn(cases: readonly Case[]): readonly Cube[] {
  return cases.map((one) => one.cube);
}

/** Bits compared; what is subtracted first leaves the fewest pieces when it compares few. */
function weight(cube: Cube): number {
  let bits = 0;
  for (const constraint of cube) {
    if (constraint !== undefined) bits += "mask" in constraint ? countBits(constraint.mask) : 1;
  }
  return bits;
}

function countBits(mask: bigint): number {
  let count = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
