import type { Edit, SeccompEdit } from "../../model/edit.ts";
import type { Facts } from "../../model/facts.ts";
import type { Spec } from "../../oci/spec.ts";
import { applySeccomp } from "../seccomp.ts";
import { compileFilter, refuseOtherProgram } from "./compiledFilter.ts";
import type { JoinedFilters } from "./joinedFilters.ts";
import { seccompWarnings } from "./warnings.ts";

/**
 * Joining filters with an engine's profile takes longer than anything else, and most containers have the same ones as
 * one before them. The same result before and after the edits of the process.
 */
export function joinFilters(spec: Spec, edits: readonly Edit[], facts: Facts): JoinedFilters {
  const filters = edits.filter((edit): edit is SeccompEdit => edit.kind === "seccomp");
  const engine = spec.linux?.seccomp;
  if (filters.length === 0) return { seccomp: engine, warnings: [], isEngines: true };
  const { runtime, memoize, countCompiled } = facts;
  const leftOut = architecturesToLeaveOut(facts);
  refuseOtherProgram(
    spec,
    filters.map(({ filter }) => filter),
    runtime,
  );
  const noNewPrivileges = startsWithoutNewPrivileges(spec, edits);
  const started = spec.process === undefined ? spec : { ...spec, process: { ...spec.process, noNewPrivileges } };
  const compute = (): JoinedFilters => {
    const { seccomp } = applySeccomp(started, filters, runtime, { countCompiled, leftOut }).linux!;
    return { seccomp, warnings: seccompWarnings(started, filters, facts), program: compileFilter(seccomp, facts) };
  };
  if (memoize === undefined) return compute();
  return memoize([runtime.name, runtime.libseccomp, noNewPrivileges, leftOut, engine, ...filters], compute);
}

/**
 * Entries for x32 are two fifths of what libseccomp takes to compile, 6 to 10 ms of each start with a runtime that is given no
 * program. On a kernel without x32 its calls can only fail: there they end with SIGSYS, and not with ENOSYS.
 */
function architecturesToLeaveOut({ runtime, missingArchitectures }: Facts): readonly string[] {
  return runtime.name === "crun" ? [] : (missingArchitectures?.() ?? []);
}

function startsWithoutNewPrivileges({ process }: Spec, edits: readonly Edit[]): boolean {
  const edit = edits.find((one) => one.kind === "process" && one.field === "noNewPrivileges");
  return edit?.kind === "process" ? edit.value === true : process?.noNewPrivileges === true;
}
