import { applySeccomp } from "../../../src/apply/seccomp.ts";
import { UserError } from "../../../src/errors.ts";
import type { Edit } from "../../../src/model/edit.ts";
import { inInstallOrder } from "../../../src/model/filter.ts";
import type { Seccomp, Spec } from "../../../src/oci/spec.ts";
import { makeRandom } from "../random.ts";
import { randomCall, randomFilters, randomProfile } from "./randomSeccomp.ts";
import { conjunction, evaluateFilter, evaluateProfile } from "./seccompModel.ts";

const RUNTIME = { name: "crun" } as const;
const CALLS_FOR_EACH_PROFILE = 50;

/** What differs between filters one after the other and the one profile made of them; how many calls were tried. */
export function compareRandomProfiles(seed: number): {
  readonly tried: number;
  readonly differences: readonly string[];
} {
  const random = makeRandom(seed);
  const engine = randomProfile(random);
  const filters = inInstallOrder(randomFilters(random));
  const spec: Spec = { ociVersion: "1.0.2", linux: engine === undefined ? {} : { seccomp: engine } };
  const edits: readonly Edit[] = filters.map((filter) => ({ kind: "seccomp", filter }));
  const merged = apply(spec, edits);
  if (merged === undefined) return { tried: 0, differences: [] };

  const differences: string[] = [];
  for (let count = 0; count < CALLS_FOR_EACH_PROFILE; count++) {
    const call = randomCall(random);
    const separate = filters.map((filter) => evaluateFilter(filter, call));
    const expected = conjunction([evaluateProfile(engine, call, "strictest"), ...separate]);
    // Overlapping entries of the engine stay overlapping where no setting touches the call.
    const found = evaluateProfile(merged.linux?.seccomp, call, hasOverlaps(engine) ? "strictest" : "error");
    if (found !== expected) differences.push(`seed ${seed}: ${call.name}(${call.args}) ${found}, expected ${expected}`);
  }
  return { tried: CALLS_FOR_EACH_PROFILE, differences };
}

function hasOverlaps(engine: Seccomp | undefined): boolean {
  const entries = engine?.syscalls ?? [];
  const names = entries.flatMap((entry) => [...new Set(entry.names)]);
  return (
    new Set(names).size < names.length ||
    entries.some(({ args = [] }) => args.length === 2 && args[0]!.index === args[1]!.index)
  );
}

/** Undefined where the result is refused for its size. */
function apply(spec: Spec, edits: readonly Edit[]): Spec | undefined {
  try {
    return applySeccomp(spec, edits, RUNTIME);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
