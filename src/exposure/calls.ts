import { allows } from "../apply/seccomp/action.ts";
import type { Cube } from "../apply/seccomp/cube.ts";
import { readEngineProfile } from "../apply/seccomp/engine.ts";
import { decisionFor, type Profile } from "../apply/seccomp/profile.ts";
import type { Seccomp } from "../oci/spec.ts";

/** What a seccomp profile says of system calls. */
export interface Calls {
  /** Calls that no rule names go through. */
  readonly allowsUnnamed: boolean;
  /** With some arguments at least. */
  mayCall(call: string): boolean;
  /** With just these arguments; what is not given is 0. */
  mayCallWith(call: string, args: readonly bigint[]): boolean;
}

export function readCalls(seccomp: Seccomp | undefined): Calls {
  const profile = readEngineProfile(seccomp);
  return {
    allowsUnnamed: allows(profile.otherwise),
    mayCall: (call) => mayCall(profile, call),
    mayCallWith: (call, args) => mayCallWith(profile, call, args),
  };
}

function mayCall(profile: Profile, call: string): boolean {
  const { cases, otherwise } = decisionFor(profile, call);
  return allows(otherwise) || cases.some(({ action }) => allows(action));
}

function mayCallWith(profile: Profile, call: string, args: readonly bigint[]): boolean {
  const { cases, otherwise } = decisionFor(profile, call);
  return allows(cases.find(({ cube }) => contains(cube, args))?.action ?? otherwise);
}

function contains(cube: Cube, args: readonly bigint[]): boolean {
  return cube.every((constraint, index) => {
    const argument = args[index] ?? 0n;
    if (constraint === undefined) return true;
    if ("mask" in constraint) return (argument & constraint.mask) === constraint.value;
    return constraint.from <= argument && argument <= constraint.to;
  });
}
