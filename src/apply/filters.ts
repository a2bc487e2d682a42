import type { Edit, SeccompEdit } from "../edit.ts";
import type { Facts } from "../facts.ts";
import type { Seccomp, Spec } from "../oci/spec.ts";
import type { Owned } from "../plan.ts";
import { seccompWarnings } from "./seccomp/warnings.ts";
import { applySeccomp } from "./seccomp.ts";

/** What becomes of all filters of a container. */
export interface JoinedFilters {
  readonly seccomp: Seccomp | undefined;
  /** Where it cannot be what the settings say; the owner is the directive that forbids the calls. */
  readonly warnings: readonly Owned<string>[];
}

/**
 * Joining filters with an engine's profile takes longer than anything else, and most containers have the same ones as
 * one before them. The same result before and after the edits of the process.
 */
export function joinFilters(spec: Spec, edits: readonly Edit[], facts: Facts): JoinedFilters {
  const filters = edits.filter((edit): edit is SeccompEdit => edit.kind === "seccomp");
  const engine = spec.linux?.seccomp;
  if (filters.length === 0) return { seccomp: engine, warnings: [] };
  const noNewPrivileges = startsWithoutNewPrivileges(spec, edits);
  const started = spec.process === undefined ? spec : { ...spec, process: { ...spec.process, noNewPrivileges } };
  const compute = (): JoinedFilters => ({
    seccomp: applySeccomp(started, filters, facts.runtime, facts.countCompiled).linux?.seccomp,
    warnings: seccompWarnings(started, filters, facts),
  });
  if (facts.remember === undefined) return compute();
  return facts.remember([engine, filters, facts.runtime.name, noNewPrivileges], compute);
}

function startsWithoutNewPrivileges({ process }: Spec, edits: readonly Edit[]): boolean {
  const edit = edits.find((one) => one.kind === "process" && one.field === "noNewPrivileges");
  return edit?.kind === "process" ? edit.value === true : process?.noNewPrivileges === true;
}
