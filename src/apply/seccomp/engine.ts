import { MAXIMUM } from "../../filter.ts";
import type { Integer64, Seccomp, SeccompArgument, SeccompSyscall } from "../../oci/spec.ts";
import { readAction } from "./action.ts";
import { type Constraint, type Cube, EVERYTHING, isEverything, withConstraint } from "./cube.ts";
import type { Case } from "./decision.ts";
import { ALLOW_EVERYTHING, appendTo, type Profile, profileFrom } from "./profile.ts";

/** The engine's profile as the runtimes hand it to libseccomp and libseccomp understands it. */
export function readEngineProfile(seccomp: Seccomp | undefined): Profile {
  if (seccomp === undefined) return ALLOW_EVERYTHING;
  const otherwise = readAction(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const rules = new Map<string, Case[]>();
  for (const entry of seccomp.syscalls ?? []) {
    const action = readAction(entry.action, entry.errnoRet);
    // Both runtimes leave out what the default does anyway.
    if (action === otherwise) continue;
    const cases = cubesOfEntry(entry).map((cube) => ({ cube, action }));
    for (const call of entry.names) appendTo(rules, call, cases);
  }
  for (const [call, cases] of rules) rules.set(call, withoutSwallowed(cases));
  return profileFrom(rules, otherwise);
}

/** libseccomp forgets a call's rules with arguments as soon as there is one without, whatever either does. */
function withoutSwallowed(cases: Case[]): Case[] {
  const unconditional = cases.filter(({ cube }) => isEverything(cube));
  return unconditional.length > 0 ? unconditional : cases;
}

/** Two comparisons of one argument make both runtimes add one rule for each comparison of the entry. */
function cubesOfEntry(entry: SeccompSyscall): readonly Cube[] {
  // podman writes null for none.
  const args = entry.args ?? [];
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

function holdsAlways(constraint: Constraint): boolean {
  return "mask" in constraint ? constraint.mask === 0n : constraint.from === 0n && constraint.to === MAXIMUM;
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
