import { UserError } from "../errors.ts";
import type { Edit } from "../model/edit.ts";
import type { Facts, RuntimeFacts } from "../model/facts.ts";
import type { Filter } from "../model/filter.ts";
import type { Seccomp, SeccompSyscall, Spec } from "../oci/spec.ts";
import { localArchitectures } from "../values/architecture.ts";
import { formatAction } from "./seccomp/action.ts";
import { emitEntries } from "./seccomp/emit.ts";
import { filtersOf, type Merged, merge } from "./seccomp/merge.ts";
import type { Profile } from "./seccomp/profile.ts";
import { callsNeededBy, callsReplacedBy } from "./seccomp/runtimeNeeds.ts";
import { countInstructions, MOST_INSTRUCTIONS } from "./seccomp/size.ts";

export interface Limits {
  readonly countCompiled?: Facts["countCompiled"] | undefined;
  readonly leftOut?: readonly string[];
}

const FINGERPRINT = "_errno_";

/**
 * One profile instead of the engine's and all filters: it allows what each of them allows, and forbids the rest as the
 * kernel would with all of them installed one after the other, the engine's first.
 * @param limits `countCompiled` is asked when the profile may be too large for the kernel; `leftOut` are architectures that get no
 *   entries, though no setting closes them
 * @throws UserError when the kernel could not take the result
 */
export function applySeccomp(
  spec: Spec,
  edits: readonly Edit[],
  runtime: Pick<RuntimeFacts, "name">,
  { countCompiled, leftOut = [] }: Limits = {},
): Spec {
  const filters = filtersOf(edits);
  if (filters.length === 0) return spec;
  const engine = spec.linux?.seccomp;
  const architectures = architecturesOf(engine, filters).filter((one) => !leftOut.includes(one));
  const needed = callsNeededBy(runtime, spec.process?.noNewPrivileges === true);
  const merged = merge({ engine, filters, needed, replaceable: callsReplacedBy(runtime) });
  const entries = entriesOf(engine, merged, architectures);
  const seccomp: Seccomp = {
    ...(engine ?? { flags: [] }),
    ...defaultOf(merged.profile),
    architectures,
    syscalls: [...entries, ...fingerprint(entries, merged.profile)],
  };
  const most = countInstructions(entries, architectures);
  if (most > MOST_INSTRUCTIONS) refuseTooLarge(countCompiled?.(seccomp) ?? most, filters);
  return { ...spec, linux: { ...spec.linux, seccomp } };
}

/** The number of the engine's own default goes when it no longer means anything. */
function defaultOf(profile: Profile): Pick<Seccomp, "defaultAction"> {
  const { action, errnoRet } = formatAction(profile.defaultAction);
  return { defaultAction: action, ...{ defaultErrnoRet: errnoRet } };
}

/** Calls that no setting changes keep the engine's entries, word for word. */
function entriesOf(
  engine: Seccomp | undefined,
  { profile, changed }: Merged,
  architectures: readonly string[],
): readonly SeccompSyscall[] {
  if (changed === undefined) return emitEntries(profile, architectures);
  const untouched = (engine?.syscalls ?? []).flatMap((entry) => without(entry, changed));
  const decisions = new Map([...profile.decisions].filter(([call]) => changed.has(call)));
  return [...untouched, ...emitEntries({ ...profile, decisions }, architectures)];
}

function without(entry: SeccompSyscall, calls: ReadonlySet<string>): readonly SeccompSyscall[] {
  const names = entry.names.filter((call) => !calls.has(call) && !call.startsWith(FINGERPRINT));
  if (names.length === entry.names.length) return [entry];
  return names.length === 0 ? [] : [{ ...entry, names }];
}

/** Without a profile everything may be called; a profile without a list means the native architecture alone. */
function architecturesOf(engine: Seccomp | undefined, filters: readonly Filter[]): readonly string[] {
  const { native, compatible } = localArchitectures();
  const listed = engine === undefined ? [native, ...compatible] : (engine.architectures ?? []);
  const open = listed.filter((architecture) => filters.every((filter) => isOpen(filter, architecture)));
  return listed.length === 0 || !listed.includes(native)
    ? [native, ...open]
    : listed.filter((one) => one === native || open.includes(one));
}

function isOpen({ architectures, closes }: Filter, architecture: string): boolean {
  if (closes?.includes(architecture)) return false;
  return architectures === undefined || architectures.includes(architecture);
}

function refuseTooLarge(instructions: number, filters: readonly Filter[]): void {
  if (instructions <= MOST_INSTRUCTIONS) return;
  const names = [...new Set(filters.map((filter) => `${filter.name}=`))].join(", ");
  throw new UserError(
    `cannot build one system call filter of the engine's profile and ${names}: it takes ${instructions} BPF instructions, expected ${MOST_INSTRUCTIONS} or less`,
  );
}

/**
 * crun keeps compiled filters under a checksum that does not see `errnoRet` of the entries, and would load a filter that
 * differs only there from its cache. An entry that does what the default does is skipped by both runtimes, but counted.
 */
function fingerprint(entries: readonly SeccompSyscall[], profile: Profile): readonly SeccompSyscall[] {
  const numbers = entries.map((entry) => entry.errnoRet);
  if (numbers.every((number) => number === undefined)) return [];
  return [
    {
      names: [`${FINGERPRINT}${numbers.map((number) => number ?? "").join("_")}`],
      ...formatAction(profile.defaultAction),
    },
  ];
}
