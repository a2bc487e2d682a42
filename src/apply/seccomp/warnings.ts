import type { Edit } from "../../model/edit.ts";
import type { Facts } from "../../model/facts.ts";
import type { Filter } from "../../model/filter.ts";
import type { Owned } from "../../model/plan.ts";
import type { Seccomp, Spec } from "../../oci/spec.ts";
import { allows } from "./action.ts";
import { filtersOf, merge } from "./merge.ts";
import { callsNeededBy } from "./runtimeNeeds.ts";

/** Where the filters cannot be what the settings say; the owner is the directive that forbids the calls. */
export function seccompWarnings(
  spec: Spec,
  edits: readonly Edit[],
  { runtime, knowsSystemCall }: Pick<Facts, "runtime" | "knowsSystemCall">,
): readonly Owned<string>[] {
  const filters = filtersOf(edits);
  const engine = spec.linux?.seccomp;
  const kept = callsKept(engine, filters, callsNeededBy(runtime, spec.process?.noNewPrivileges === true));
  const unreachable = callsOutOfReach(engine, filters, knowsSystemCall);
  return [
    ...filters.flatMap((filter) =>
      tell(
        filter,
        kept,
        (calls) => `${runtime.name} needs ${calls} to start the container, allowed as the engine has it`,
      ),
    ),
    ...filters.flatMap((filter) =>
      tell(filter, unreachable, (calls) => `libseccomp of this host does not know ${calls}, which stays allowed`),
    ),
  ];
}

function callsKept(
  engine: Seccomp | undefined,
  filters: readonly Filter[],
  needed: readonly string[],
): readonly string[] {
  const isNeeded = new Set(needed);
  const about = filters.map((filter) => restrictTo(filter, (call) => isNeeded.has(call)));
  return merge({ engine, filters: about, needed }).kept;
}

/** A profile that forbids what it does not name forbids these too. */
function callsOutOfReach(
  engine: Seccomp | undefined,
  filters: readonly Filter[],
  isKnown: (call: string) => boolean,
): readonly string[] {
  const defaults = merge({ engine, filters: filters.map((filter) => restrictTo(filter, () => false)), needed: [] });
  if (!allows(defaults.profile.defaultAction)) return [];
  const about = filters.map((filter) => restrictTo(filter, (call) => !isKnown(call)));
  const { profile } = merge({ engine: undefined, filters: about, needed: [] });
  const forbidden = [...profile.decisions].filter(
    ([, { cases, defaultAction }]) => cases.length > 0 || !allows(defaultAction),
  );
  return forbidden.map(([call]) => call).sort();
}

function restrictTo(filter: Filter, isMeant: (call: string) => boolean): Filter {
  const rules = filter.rules.map((rule) => ({ ...rule, calls: rule.calls.filter(isMeant) }));
  return { ...filter, rules: rules.filter((rule) => rule.calls.length > 0) };
}

function tell(filter: Filter, calls: readonly string[], say: (calls: string) => string): readonly Owned<string>[] {
  const forbidden = calls.filter((call) => forbids(filter, call));
  return forbidden.length === 0 ? [] : [{ owner: filter.name, item: say(forbidden.join(", ")) }];
}

function forbids({ rules, defaultAction }: Filter, call: string): boolean {
  const about = rules.filter((rule) => rule.calls.includes(call));
  const verdicts = about.length === 0 ? [defaultAction] : about.map((rule) => rule.action);
  return verdicts.some(({ action }) => action !== "allow" && action !== "log");
}
