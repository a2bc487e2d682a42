import { UserError } from "../../errors.ts";
import type { Facts, RuntimeFacts } from "../../model/facts.ts";
import type { Filter } from "../../model/filter.ts";
import type { Seccomp, Spec } from "../../oci/spec.ts";
import type { JoinedFilters } from "./joinedFilters.ts";

/** crun(1): a BPF program in base64 that is loaded in the place of `linux.seccomp`, whose flags still hold. */
export const PROGRAM = "run.oci.seccomp_bpf_data";

/** With these crun does more with a profile than compile it. */
const ANNOTATIONS = [
  PROGRAM,
  "run.oci.seccomp_fail_unknown_syscall",
  "run.oci.seccomp.plugins",
  "run.oci.seccomp.receiver",
] as const;

type Joined = Pick<JoinedFilters, "seccomp" | "isEngines" | "program">;
type Compiling = Pick<Facts, "runtime" | "memoize" | "compileFilter">;

/**
 * The config with its profile compiled, so that crun need not do it for each container. A profile that cannot be
 * compiled here is left to crun.
 * @param spec with all edits in it
 */
export function addCompiledFilter(spec: Spec, joined: Joined, facts: Compiling): Spec {
  const { annotations = {} } = spec;
  if (ANNOTATIONS.some((name) => annotations[name] !== undefined)) return spec;
  const program = joined.isEngines ? compileOnce(joined.seccomp, facts) : joined.program;
  return program === undefined ? spec : { ...spec, annotations: { ...annotations, [PROGRAM]: program } };
}

/** An engine's profile as it is. */
function compileOnce(seccomp: Seccomp | undefined, facts: Compiling): string | undefined {
  const compute = () => ({ program: compileFilter(seccomp, facts) });
  if (facts.memoize === undefined || facts.runtime.libseccomp === undefined) return compute().program;
  return facts.memoize([facts.runtime.libseccomp, seccomp], compute).program;
}

/** Base64; undefined where only the runtime can compile it, as for a profile with a listener. */
export function compileFilter(seccomp: Seccomp | undefined, facts: Pick<Facts, "compileFilter">): string | undefined {
  if (seccomp === undefined || asksOthers(seccomp)) return undefined;
  return facts.compileFilter?.(seccomp);
}

function asksOthers({ defaultAction, listenerPath, listenerMetadata, syscalls = [] }: Seccomp): boolean {
  if (listenerPath !== undefined || listenerMetadata !== undefined) return true;
  return defaultAction === "SCMP_ACT_NOTIFY" || syscalls.some(({ action }) => action === "SCMP_ACT_NOTIFY");
}

/** @throws UserError where a program compiled by another tool would be loaded in the place of these filters */
export function refuseOtherProgram(
  { annotations }: Spec,
  filters: readonly Pick<Filter, "name">[],
  runtime: Pick<RuntimeFacts, "name">,
): void {
  if (annotations?.[PROGRAM] === undefined || runtime.name === "runc") return;
  const names = [...new Set(filters.map(({ name }) => `${name}=`))].join(", ");
  throw new UserError(
    `cannot forbid system calls (${names}): found annotation "${PROGRAM}", with which crun loads no other filter, expected it to be left out`,
  );
}
