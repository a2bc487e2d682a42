import { countInstructions } from "../../../src/apply/seccomp/size.ts";
import { applySeccomp } from "../../../src/apply/seccomp.ts";
import type { Edit } from "../../../src/model/edit.ts";
import type { Filter } from "../../../src/model/filter.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { localArchitectures } from "../../../src/values/architecture.ts";
import { runProgram } from "./bpf.ts";
import { actionNumber, architectureToken, callNumber, compile } from "./libseccomp.ts";
import { type Call, conjunction, evaluateFilter, type Outcome } from "./seccompModel.ts";

export interface Compiled {
  readonly program: BigUint64Array;
  /** What the production code expects at most. */
  readonly bound: number;
}

/** What libseccomp makes of the engine's profile and the filters merged into it. */
export function compileMerged(engine: Seccomp | undefined, filters: readonly Filter[]): Compiled {
  const spec: Spec = { ociVersion: "1.0.2", linux: engine === undefined ? {} : { seccomp: engine } };
  const edits: readonly Edit[] = filters.map((filter) => ({ kind: "seccomp", filter }));
  const seccomp = applySeccomp(spec, edits, { name: "crun" }).linux?.seccomp;
  if (seccomp === undefined) throw new Error("nothing to compile: no filters and no profile");
  return {
    program: compile(seccomp),
    bound: countInstructions(seccomp.syscalls ?? [], seccomp.architectures ?? []),
  };
}

/** What the kernel does with all filters installed one after the other, the engine's compiled by libseccomp. */
export function outcomeOfAll(engine: BigUint64Array | undefined, filters: readonly Filter[], call: Call): number {
  const separate = filters.map((filter) => evaluateFilter(filter, call));
  const first = engine === undefined ? "ALLOW" : nameOf(runNative(engine, call));
  return numberOf(conjunction([first, ...separate]));
}

export function runNative(program: BigUint64Array, { name, args }: Call): number {
  const { native } = localArchitectures();
  return runProgram(program, architectureToken(native), callNumber(name, native), args);
}

const NAMES: ReadonlyMap<number, string> = new Map(
  ["KILL_PROCESS", "KILL", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW"].map((name) => [
    (actionNumber(`SCMP_ACT_${name}`, 0) & 0xffff0000) >>> 0,
    name,
  ]),
);

/** `ERRNO 38` */
export function nameOf(outcome: number): Outcome {
  const name = NAMES.get((outcome & 0xffff0000) >>> 0) ?? "unknown";
  return name === "ERRNO" || name === "TRACE" ? `${name} ${outcome & 0xffff}` : name;
}

function numberOf(outcome: Outcome): number {
  const [name = "", number] = outcome.split(" ");
  return actionNumber(`SCMP_ACT_${name}`, number === undefined ? undefined : Number(number));
}
