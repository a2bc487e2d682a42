import { NotGranted, UserErrors } from "../errors.ts";
import type { Action, Release } from "./action.ts";
import type { Context, Directive, Storage } from "./directive.ts";
import type { Change, Edit } from "./edit.ts";
import type { Facts } from "./facts.ts";
import { NOBODY } from "./nobody.ts";
import { factsAfter } from "./plannedTree.ts";

export const HOST_STORAGE: Storage = { prefix: "", runtimePrefix: "", owner: NOBODY };

export interface Owned<T> {
  /** The name of the directive. */
  readonly owner: string;
  readonly item: T;
}

export interface Plan {
  readonly edits: readonly Owned<Edit>[];
  readonly actions: readonly Owned<Action>[];
  readonly releases: readonly Owned<Release>[];
  readonly warnings: readonly Owned<string>[];
}

/** With the directive's name, where the text itself has it not. */
export function formatWarning({ owner, item }: Owned<string>): string {
  return item.includes(`${owner}=`) ? item : `${owner}=: ${item}`;
}

/**
 * The changes of all directives that have a value. Pure.
 * @param more additional changes of the engine's start
 * @param isPlanned the directives to ask; all if absent
 * @throws UserErrors when two directives want different values of one scalar
 */
export function makePlan(
  context: Context,
  more: readonly Owned<Change>[] = [],
  isPlanned: (directive: Directive) => boolean = () => true,
): Plan {
  const plan = {
    edits: [] as Owned<Edit>[],
    actions: [] as Owned<Action>[],
    releases: [] as Owned<Release>[],
    warnings: [] as Owned<string>[],
  };
  const planned = [...context.service.entries()].filter(([directive]) => isPlanned(directive));
  const [makers, others] = partition(planned, ([directive]) => directive.makesDirectories);
  const ask = (entries: Iterable<readonly [Directive, unknown]>, context: Context) => {
    for (const [directive, value] of entries) {
      for (const change of changesGranted(directive, value, context)) add(plan, directive.name, change);
    }
  };
  ask(makers, context);
  ask(others, { ...context, facts: factsAfterPlan(context.facts, plan) });
  for (const { owner, item } of more) add(plan, owner, item);
  refuseConflicts(plan.edits);
  return plan;
}

/** Where a path leads is known when all edits are applied: what is refused then is refused by its directive's name. */
export function editsOf(owned: readonly Owned<Edit>[]): readonly Edit[] {
  return owned.map(({ owner, item }) => (item.kind === "path" ? { ...item, directive: owner } : item));
}

/** systemd makes a service's directories before it looks at any other path (src/core/exec-invoke.c, exec_invoke). */
export function factsAfterPlan(facts: Facts, { actions }: Pick<Plan, "actions">): Facts {
  return factsAfter(
    facts,
    actions.map(({ item }) => item),
  );
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean | undefined): readonly [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** @throws NotGranted where the start does not go on without */
function changesGranted<T>(directive: Directive<T>, value: T, context: Context): Iterable<Change> {
  try {
    return [...changesOf(directive, value, context)];
  } catch (error) {
    if (!(error instanceof NotGranted) || context.goesOnWithout !== true) throw error;
    return [{ kind: "warning", text: error.warning }];
  }
}

/** The changes that one directive makes for its value, the filter last. */
export function* changesOf<T>({ name, plan, filter }: Directive<T>, value: T, context: Context): Iterable<Change> {
  yield* plan?.(value, context) ?? [];
  const rules = filter?.rules(value, context);
  if (filter !== undefined && rules !== undefined) {
    yield { kind: "seccomp", filter: { name, order: filter.order, ...rules } };
  }
}

type OpenPlan = { readonly [K in keyof Plan]: Plan[K][number][] };

function add(plan: OpenPlan, owner: string, change: Change): void {
  switch (change.kind) {
    case "directory":
    case "volume":
    case "newDirectory":
    case "link":
    case "file":
    case "credentials":
      plan.actions.push({ owner, item: change });
      break;
    case "remove":
    case "removeIpc":
      plan.releases.push({ owner, item: change });
      break;
    case "warning":
      plan.warnings.push({ owner, item: change.text });
      break;
    default:
      plan.edits.push({ owner, item: change });
  }
}

function refuseConflicts(edits: readonly Owned<Edit>[]): void {
  const firsts = new Map<string, Owned<Edit>>();
  const problems: string[] = [];
  for (const owned of edits) {
    const scalar = scalarOf(owned.item);
    if (scalar === undefined) continue;
    const first = firsts.get(scalar);
    if (first === undefined) firsts.set(scalar, owned);
    else if (JSON.stringify(first.item) !== JSON.stringify(owned.item)) {
      problems.push(`cannot honour both ${first.owner}= and ${owned.owner}=: they want different values of ${scalar}`);
    }
  }
  if (problems.length > 0) throw new UserErrors(problems);
}

function scalarOf(edit: Edit): string | undefined {
  switch (edit.kind) {
    case "process":
      return `process.${edit.field}`;
    case "user":
      return "process.user";
    case "linux":
      return `linux.${edit.field}`;
    case "devices":
      return "linux.resources.devices";
    case "attribute":
      return `the process's ${edit.attribute.name}`;
    case "hostname":
      return "hostname";
    case "namespace":
      return `linux.namespaces[${edit.type}]`;
    default:
      return undefined;
  }
}
