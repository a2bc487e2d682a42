import type { Action, Release } from "./action.ts";
import type { Change, Edit } from "./edit.ts";
import { UserErrors } from "./errors.ts";
import type { Facts, Identity } from "./facts.ts";
import type { Spec } from "./oci/spec.ts";
import type { Service } from "./service.ts";

/** Everything a directive may look at. */
export interface Context {
  readonly service: Service;
  /** Absent: the service runs as root, or as whatever user the engine chose. */
  readonly identity: Identity | undefined;
  readonly spec: Spec;
  readonly facts: Facts;
  readonly scope: Scope;
}

/** Names and places of this one start. */
export interface Scope {
  /** The unit's name without suffix and instance, `web`; specifier %p. */
  readonly name: string;
  /** The full unit name, `web@1.service`; specifier %n. */
  readonly unit: string;
  readonly containerId: string;
  /** Files of our own for this container, below /run/dynuser. */
  readonly directory: string;
  /** The caller's own variables, from which PassEnvironment= takes some. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absent for services of the host itself. */
  readonly storage?: Storage;
}

/** Where directories lie that are not to share the host's own places, and whose they are. */
export interface Storage {
  /** Before the names of directories that stay: `dynuser-pods/shop/`. */
  readonly prefix: string;
  /** Before the names of those in /run, a directory of the container's own: `dynuser-pods/shop_web-0_main/`. */
  readonly runtimePrefix: string;
  /** On disk, of what an ID-mapped mount shows. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The user's number when all nodes of a cluster agree on it. */
  readonly fixedUid?: number;
}

const NOBODY = { uid: 65534, gid: 65534 };

export const HOST_STORAGE: Storage = { prefix: "", runtimePrefix: "", owner: NOBODY };

export interface Owned<T> {
  /** The directive that asked for it. */
  readonly owner: string;
  readonly item: T;
}

export interface Plan {
  readonly edits: readonly Owned<Edit>[];
  readonly actions: readonly Owned<Action>[];
  readonly releases: readonly Owned<Release>[];
  readonly warnings: readonly Owned<string>[];
}

/**
 * Asks every directive that has a value what it wants. Pure.
 * @param more what the engine's way of starting asks for besides
 * @throws UserErrors when two directives want different values of one scalar
 */
export function makePlan(context: Context, more: readonly Owned<Change>[] = []): Plan {
  const plan = {
    edits: [] as Owned<Edit>[],
    actions: [] as Owned<Action>[],
    releases: [] as Owned<Release>[],
    warnings: [] as Owned<string>[],
  };
  for (const [directive, value] of context.service.entries()) {
    for (const change of directive.plan?.(value, context) ?? []) add(plan, directive.name, change);
  }
  for (const { owner, item } of more) add(plan, owner, item);
  refuseConflicts(plan.edits);
  return plan;
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
    case "namespace":
      return `linux.namespaces[${edit.type}]`;
    default:
      return undefined;
  }
}
