import { applyEdits } from "../apply/apply.ts";
import { addCompiledFilter } from "../apply/compiledFilter.ts";
import { joinFilters } from "../apply/filters.ts";
import { placeOnHost } from "../apply/userNamespace.ts";
import { planForUser, type UserPlaces } from "../apply/userPlaces.ts";
import { DynamicUser } from "../directives/dynamicUser.ts";
import { CacheDirectory, LogsDirectory, RuntimeDirectory, StateDirectory } from "../directives/execDirectories.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { Group, SupplementaryGroups, User } from "../directives/user.ts";
import type { Change, Edit } from "../edit.ts";
import { quote, UserError } from "../errors.ts";
import type { Facts, Identity } from "../facts.ts";
import { hostFact } from "../host/about.ts";
import { performActions } from "../host/perform.ts";
import type { Undo } from "../host/undo.ts";
import { claim, type Expectation, expectOf, foresee, type IdentityRequest } from "../identity/claim.ts";
import type { Origin } from "../identity/holder.ts";
import { userNameOf } from "../identity/name.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import type { Spec } from "../oci/spec.ts";
import { type Context, HOST_STORAGE, makePlan, type Owned, type Plan, type Scope } from "../plan.ts";
import type { Service } from "../service.ts";
import { type ReadService, readService } from "../sources/read.ts";
import type { Setting } from "../sources/setting.ts";
import { specifiersOf } from "../values/specifiers.ts";

/** One start of one container: what is wanted and what it starts from. */
export interface Start {
  readonly service: Service;
  readonly spec: Spec;
  readonly facts: Facts;
  readonly scope: Scope;
  /** Whose end is the claim's until the container's init has it. */
  readonly pid: number;
  /** Whose container it is. */
  readonly origin: Origin;
  readonly expectation: Expectation;
  /** What this way of starting asks for besides the directives. */
  changes?(context: Context): readonly Owned<Change>[];
  /** Of a user without root, who has the directories of services below its home. */
  readonly places?: UserPlaces | undefined;
}

/** What becomes of a start. */
export interface Predicted {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly identity: Identity | undefined;
}

/** A container ready to be created. */
export interface Prepared extends Predicted {
  readonly undos: readonly Undo[];
}

/** Whom settings are for. */
export interface Reader {
  /** The unit's full name. */
  readonly unit: string;
  /** Its file, if it has one. */
  readonly fragment?: string | undefined;
  /** `run` is there from the start to the end; for a container of an engine nobody is. */
  readonly door: "run" | "container";
}

/** @throws UserErrors with all that is wrong with the settings */
export function readSettings(settings: readonly Setting[], { unit, fragment, door }: Reader): ReadService {
  const specifiers = specifiersOf(unit, hostFact, fragment);
  return readService(settings, { directives: DIRECTIVES, specifiers, isRun: door === "run" });
}

/**
 * Claims the identity, plans, and prepares the host; whatever fails is undone and the identity given back.
 * @throws UserError in one line each; nothing has changed then
 */
export function prepare(start: Start, registry: Registry): Prepared {
  const { containerId } = start.scope;
  const claimed = claim(identityRequest(start), registry);
  try {
    const identity = choosesUser(start.service) ? claimed.identity : undefined;
    const plan = planStart(start, identity);
    const spec = makeSpec(start, itemsOf(plan.edits));
    expectOf(containerId, { ...start.expectation, releases: itemsOf(plan.releases) }, registry);
    return { spec, plan, identity, undos: performActions(plan.actions) };
  } catch (error) {
    release(containerId, registry, "failed");
    throw error;
  }
}

/** As the runtime gets it: who is only shown it has no use for a compiled filter. */
export function makeSpec({ spec, facts }: Start, edits: readonly Edit[]): Spec {
  return addCompiledFilter(applyEdits(spec, edits, facts), joinFilters(spec, edits, facts), facts);
}

/** What `prepare` would do, with the identity it would get; nothing is claimed or changed. */
export function predict(start: Start, registry: Registry): Predicted {
  const foreseen = foresee(identityRequest(start), registry);
  const identity = choosesUser(start.service) ? foreseen : undefined;
  const plan = planStart(start, identity);
  return { plan, identity, spec: applyEdits(start.spec, itemsOf(plan.edits), start.facts) };
}

/** Owners on disk are those of the host, wherever the engine's user namespace puts our user. */
function planStart(start: Start, identity: Identity | undefined): Plan {
  const context = { ...start, identity };
  const plan = withWarnings(placeOnHost(makePlan(context, start.changes?.(context)), start.spec.linux), start);
  return start.places === undefined ? plan : planForUser(plan, start.places);
}

/** What DynamicUser= alone brings is not what the user relies on. */
function withWarnings(plan: Plan, { service, spec, facts }: Start): Plan {
  const isAsked = ({ owner }: Owned<unknown>) => {
    const directive = DIRECTIVES.get(owner);
    return directive === undefined || service.impliedBy(directive) === undefined;
  };
  if (!plan.edits.some((owned) => owned.item.kind === "seccomp" && isAsked(owned))) return plan;
  const found = joinFilters(spec, itemsOf(plan.edits), facts).warnings.filter(isAsked);
  return { ...plan, warnings: [...plan.warnings, ...found] };
}

function itemsOf<T>(owned: readonly { readonly item: T }[]): readonly T[] {
  return owned.map(({ item }) => item);
}

/** Otherwise the processes are root, or whoever the engine has chosen. */
export function choosesUser(service: Service): boolean {
  return service.get(DynamicUser) === true || service.get(User) !== undefined;
}

/** Without a user of its own a service still has a holder, as root: for what is to be undone at its end. */
function identityRequest({ service, scope, pid, origin }: Start): IdentityRequest {
  const dynamic = service.get(DynamicUser) === true;
  const name = dynamic ? userName(service, scope) : (service.get(User) ?? "0");
  return {
    name,
    groupName: service.get(Group),
    dynamic,
    owners: dynamic ? ownersSuggested(service, scope) : [],
    holder: { id: scope.containerId, pid, origin },
    supplementary: service.get(SupplementaryGroups) ?? [],
  };
}

function userName(service: Service, scope: Scope): string {
  const name = userNameOf({ user: service.get(User), name: scope.name });
  if (name !== undefined) return name;
  throw new UserError(`cannot name the user: found no name in ${quote(scope.unit)}, expected User= or --name`);
}

/** Where systemd looks for the owner of what an earlier run left (exec-invoke.c, compile_suggested_paths). */
const SUGGESTING = [
  { directive: RuntimeDirectory, base: "/run" },
  { directive: StateDirectory, base: "/var/lib" },
  { directive: CacheDirectory, base: "/var/cache" },
  { directive: LogsDirectory, base: "/var/log" },
] as const;

function ownersSuggested(service: Service, { storage = HOST_STORAGE }: Scope): readonly string[] {
  return SUGGESTING.flatMap(({ directive, base }) => {
    const prefix = base === "/run" ? storage.runtimePrefix : storage.prefix;
    return (service.get(directive) ?? []).map(({ source }) => `${base}/private/${prefix}${source}`);
  });
}
