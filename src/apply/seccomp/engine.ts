import { MAXIMUM } from "../../model/filter.ts";
import type { Integer64, Seccomp, SeccompArgument, SeccompSyscall } from "../../oci/spec.ts";
import { readAction } from "./action.ts";
import { areDisjoint, type Constraint, type Cube, EVERYTHING, holdsAlways, withConstraint } from "./cube.ts";
import { always, type Case, type Decision } from "./decision.ts";
import { ALLOW_EVERYTHING, groupByRules, type Profile, profileFrom, type Rule } from "./profile.ts";

export interface EngineProfile extends Profile {
  /** Calls with rules that contradict each other for some arguments; libseccomp decides, we take the stricter one. */
  readonly contradictory: ReadonlySet<string>;
}

/** The engine's profile as the runtimes hand it to libseccomp and libseccomp understands it. */
export function readEngineProfile(seccomp: Seccomp | undefined): EngineProfile {
  if (seccomp === undefined) return { ...ALLOW_EVERYTHING, contradictory: new Set() };
  const defaultAction = readAction(seccomp.defaultAction, seccomp.defaultErrnoRet);
  // Both runtimes leave out what the default does anyway.
  const entries = (seccomp.syscalls ?? []).filter(
    (entry) => readAction(entry.action, entry.errnoRet) !== defaultAction,
  );
  const groups = groupByRules(conditionalRules(entries));
  const contradictory = groups.filter(({ cases }) => contradict(cases)).flatMap(({ calls }) => calls);
  const { decisions } = profileFrom(groups, defaultAction);
  return {
    defaultAction,
    decisions: new Map([...decisions, ...unconditionalDecisions(entries)]),
    contradictory: new Set(contradictory),
  };
}

/**
 * libseccomp forgets a call's rules with arguments as soon as there is one without, whatever either does; of several
 * without arguments the first counts. podman's own profile has setns(2) twice.
 */
function unconditionalDecisions(entries: readonly SeccompSyscall[]): ReadonlyMap<string, Decision> {
  const decisions = new Map<string, Decision>();
  for (const { names, action, errnoRet, args } of entries) {
    if ((args ?? []).length > 0) continue;
    const decision = always(readAction(action, errnoRet));
    for (const call of names) if (!decisions.has(call)) decisions.set(call, decision);
  }
  return decisions;
}

function conditionalRules(entries: readonly SeccompSyscall[]): readonly Rule[] {
  // podman writes null for none.
  const conditional = entries.filter(({ args }) => (args ?? []).length > 0);
  return conditional.map(({ names, action, errnoRet, args }) => ({
    calls: names,
    cases: cubesOf(args ?? []).map((cube) => ({ cube, action: readAction(action, errnoRet) })),
  }));
}

function contradict(cases: readonly Case[]): boolean {
  return cases.some((one, index) =>
    cases.slice(index + 1).some((other) => other.action !== one.action && !areDisjoint(one.cube, other.cube)),
  );
}

/** Two comparisons of one argument make both runtimes add one rule for each comparison of the entry. */
function cubesOf(args: readonly SeccompArgument[]): readonly Cube[] {
  const indexes = new Set(args.map((argument) => argument.index));
  if (indexes.size < args.length) return args.flatMap((argument) => combine([argument]));
  return combine(args);
}

function combine(args: readonly SeccompArgument[]): readonly Cube[] {
  let cubes: readonly Cube[] = [EVERYTHING];
  for (const argument of args) {
    const constraints = constraintsOf(argument);
    if (constraints.some(holdsAlways)) continue;
    cubes = cubes.flatMap((cube) => constraints.map((constraint) => withConstraint(cube, argument.index, constraint)));
  }
  return cubes;
}

function constraintsOf(argument: SeccompArgument): readonly Constraint[] {
  const value = toBigInt(argument.value);
  switch (argument.op) {
    case "SCMP_CMP_EQ":
      return range(value, value);
    case "SCMP_CMP_NE":
      return [...range(0n, value - 1n), ...range(value + 1n, MAXIMUM)];
    case "SCMP_CMP_LT":
      return range(0n, value - 1n);
    case "SCMP_CMP_LE":
      return range(0n, value);
    case "SCMP_CMP_GE":
      return range(value, MAXIMUM);
    case "SCMP_CMP_GT":
      return range(value + 1n, MAXIMUM);
    case "SCMP_CMP_MASKED_EQ":
      return bits(value, toBigInt(argument.valueTwo ?? 0));
  }
}

function range(from: bigint, to: bigint): readonly Constraint[] {
  return from <= to ? [{ from, to }] : [];
}

/** A value outside of the mask is never equal. */
function bits(mask: bigint, value: bigint): readonly Constraint[] {
  return (value & mask) === value ? [{ mask, value }] : [];
}

function toBigInt(value: Integer64): bigint {
  return BigInt(typeof value === "object" ? value.rawJSON : value);
}
