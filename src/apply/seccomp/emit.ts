import { MAXIMUM } from "../../model/filter.ts";
import type { Integer64, SeccompArgument, SeccompSyscall } from "../../oci/spec.ts";
import { type Action, formatAction } from "./action.ts";
import { type Constraint, type Cube, prefixes, type Range } from "./cube.ts";
import { type Decision, remainder } from "./decision.ts";
import { join } from "./join.ts";
import { type Rule, splitByAction } from "./multiplexed.ts";
import type { Profile } from "./profile.ts";

/** The entries of a config: calls with the same rules share them. */
export function emitEntries(profile: Profile, architectures: readonly string[]): readonly SeccompSyscall[] {
  const constant = new Map<Action, string[]>();
  const conditional = new Map<string, { readonly rules: readonly Rule[]; readonly calls: string[] }>();
  for (const [call, decision] of profile.decisions) {
    if (decision.cases.length === 0) {
      if (decision.defaultAction !== profile.defaultAction) append(constant, decision.defaultAction, call);
      continue;
    }
    const rules = splitByAction(call, rulesOf(decision, profile.defaultAction), architectures);
    const key = JSON.stringify(rules, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    const same = conditional.get(key);
    if (same === undefined) conditional.set(key, { rules, calls: [call] });
    else same.calls.push(call);
  }
  return [
    ...[...constant].map(([action, calls]) => ({ names: calls.sort(), ...formatAction(action) })),
    ...[...conditional.values()].flatMap(({ rules, calls }) => rules.map((rule) => entryOf(rule, calls.sort()))),
  ];
}

/** Rules of libseccomp, pairwise disjoint; none where the default does it. */
function rulesOf(decision: Decision, fallback: Action): readonly Rule[] {
  const rest = decision.defaultAction === fallback ? [] : remainder(decision);
  const cases = [...decision.cases, ...rest.map((cube) => ({ cube, action: decision.defaultAction }))];
  const groups = Map.groupBy(cases, (one) => one.action);
  groups.delete(fallback);
  const rules = [...groups].flatMap(([action, members]) =>
    join(members.map((one) => one.cube)).flatMap((cube) => rulesOfCube(cube, action)),
  );
  return rules.toSorted((a, b) => countInequalities(a) - countInequalities(b));
}

/** libseccomp 2.5.4 never ends when, below an inequality, an equality follows another inequality. */
function countInequalities({ args }: Rule): number {
  return args.filter(({ op }) => op === "SCMP_CMP_LT" || op === "SCMP_CMP_GT").length;
}

function entryOf({ action, args }: Rule, names: readonly string[]): SeccompSyscall {
  return args.length === 0 ? { names, ...formatAction(action) } : { names, ...formatAction(action), args };
}

function rulesOfCube(cube: Cube, action: Action): readonly Rule[] {
  let rules: readonly (readonly SeccompArgument[])[] = [[]];
  cube.forEach((constraint, index) => {
    if (constraint === undefined) return;
    const comparisons = comparisonsOf(constraint);
    rules = rules.flatMap((args) => comparisons.map((comparison) => [...args, { index, ...comparison }]));
  });
  return rules.map((args) => ({ action, args }));
}

type Comparison = Omit<SeccompArgument, "index">;

function comparisonsOf(constraint: Constraint): readonly Comparison[] {
  if ("mask" in constraint) return [compareBits(constraint.mask, constraint.value)];
  return comparisonsOfRange(constraint);
}

/** Without SCMP_CMP_LE and SCMP_CMP_GE, which libseccomp gets wrong on 32-bit architectures. */
function comparisonsOfRange(range: Range): readonly Comparison[] {
  const { from, to } = range;
  if (from === to) return [{ op: "SCMP_CMP_EQ", value: integer(from) }];
  if (to === MAXIMUM) return [{ op: "SCMP_CMP_GT", value: integer(from - 1n) }];
  if (from === 0n) return [{ op: "SCMP_CMP_LT", value: integer(to + 1n) }];
  return prefixes(range).map(({ mask, value }) => compareBits(mask, value));
}

function compareBits(mask: bigint, value: bigint): Comparison {
  if (mask === MAXIMUM) return { op: "SCMP_CMP_EQ", value: integer(value) };
  return { op: "SCMP_CMP_MASKED_EQ", value: integer(mask), valueTwo: integer(value) };
}

function integer(value: bigint): Integer64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function append(calls: Map<Action, string[]>, action: Action, call: string): void {
  const before = calls.get(action);
  if (before === undefined) calls.set(action, [call]);
  else before.push(call);
}
