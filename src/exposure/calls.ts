import { allows } from "../apply/seccomp/action.ts";
import type { Cube } from "../apply/seccomp/cube.ts";
import { readEngineProfile } from "../apply/seccomp/engine.ts";
import { decisionFor, type Profile } from "../apply/seccomp/profile.ts";
import type { Seccomp } from "../oci/spec.ts";

/** Queries of a seccomp profile. */
export interface Calls {
  /** Whether calls without a rule are allowed. */
  readonly allowsUnnamed: boolean;
  /** Whether a call is allowed with at least some arguments. */
  mayCall(call: string): boolean;
  /** Whether a call is allowed with exactly these arguments; missing ones are 0. */
  mayCallWith(call: string, args: readonly bigint[]): boolean;
}

export function readCalls(seccomp: Seccomp | undefined): Calls {
  const profile = readEngineProfile(seccomp);
  return {
    allowsUnnamed: allows(profile.defaultAction),
    mayCall: (call) => mayCall(profile, call),
    mayCallWith: (call, args) => mayCallWith(profile, call, args),
  };
}

function mayCall(profile: Profile, call: string): boolean {
  const { cases, defaultAction } = decisionFor(profile, call);
  return allows(defaultAction) || cases.some(({ action }) => allows(action));
}

function mayCallWith(profile: Profile, call: string, args: readonly bigint[]): boolean {
  const { cases, defaultAction } = decisionFor(profile, call);
  return allows(cases.find(({ cube }) => contains(cube, args))?.action ?? defaultAction);
}

function contains(cube: Cube, args: readonly bigint[]): boolean {
  return cube.every((constraint, index) => {
    const argument = args[index] ?? 0n;
    if (constraint === undefined) return true;
    if ("mask" in constraint) return (argument & constraint.mask) === constraint.value;
    return constraint.from <= argument && argument <= constraint.to;
  });
}
