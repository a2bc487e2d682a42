import { applyEdits } from "../apply/apply.ts";
import { addCompiledFilter } from "../apply/seccomp/compiledFilter.ts";
import { joinFilters } from "../apply/seccomp/filters.ts";
import { kindOfCaller } from "../directives/directoryKind.ts";
import { isDynamic } from "../directives/dynamicUser.ts";
import { SERVICE_DIRECTORIES } from "../directives/execDirectories.ts";
import { inStorage } from "../directives/execDirectoryPlan.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { Group, SupplementaryGroups, User } from "../directives/user.ts";
import { quote, UserError, UserErrors } from "../errors.ts";
import { hostSpecifier } from "../host/specifiers.ts";
import { claim, predictIdentity } from "../identity/claim.ts";
import { type Expectation, recordExpectation } from "../identity/expectation.ts";
import type { Holder, Origin } from "../identity/holderRecord.ts";
import { holdersOf, isStaticLease } from "../identity/lease.ts";
import { userNameOf } from "../identity/name.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import type { IdentityRequest } from "../identity/request.ts";
import type { Context, Scope, Service } from "../model/directive.ts";
import type { Change, Edit, UserNamespaceEdit } from "../model/edit.ts";
import type { Facts, Identity } from "../model/facts.ts";
import { editsOf, factsAfterPlan, HOST_STORAGE, makePlan, type Owned, type Plan } from "../model/plan.ts";
import type { Spec } from "../oci/spec.ts";
import { type ReadService, readService } from "../settings/read.ts";
import type { Setting } from "../settings/setting.ts";
import { keepingDirectories } from "../sys/files/directory.ts";
import { literally, specifiersOf } from "../values/specifiers.ts";
import { performActions, undoAll } from "./host/perform.ts";
import type { Undo } from "./host/undo.ts";
import { fileLabelOf, sharedLabel, withLabel } from "./labels.ts";
import { mapOwners, withUserNamespace } from "./ownUserNamespace.ts";
import { pathOfUser, type RootlessPaths, rootlessPlan } from "./rootless.ts";

/** One start of one container: what is wanted and what it starts from. */
export interface Start {
  readonly service: Service;
  readonly spec: Spec;
  readonly facts: Facts;
  readonly scope: Scope;
  /** The claiming process: its end ends the claim until the container's init is known. */
  readonly pid: number;
  /** The engine, and what it calls the container. */
  readonly origin: Origin;
  /** The name was given to this service alone: it must not be a user of the host. */
  readonly isOwnName?: boolean;
  readonly expectation: Expectation;
  /**
   * The facts as they are now; where it is there, the start is resolved in steps: the service's directories are made
   * before other settings are looked at, and each command has its own plan.
   */
  lookAgain?(): Facts;
  /** See Context. */
  readonly goesOnWithout?: boolean;
  /** Problems, one line each, found with the claimed identity and before anything is made. */
  check?(context: Context): readonly string[];
  /** Marks the edits that annotations ask for over a profile. */
  mark?(plan: Plan, context: Context): Plan;
  /** Called with the plan, before anything is made. */
  planned?(planned: Pick<Prepared, "plan" | "identity">): void;
  /** Changes that this way of starting needs in addition to the directives. */
  changes?(context: Context): readonly Owned<Change>[];
  /** The user namespace of a container whose user has an ID of the host's files. */
  readonly userNamespace?: UserNamespaceEdit | undefined;
  /** For an unprivileged user, whose directories are below its home. */
  readonly rootlessPaths?: RootlessPaths | undefined;
}

/** The edits of a plan that one command gets; all of them if absent. */
export type SelectEdits = (plan: Plan, identity: Identity | undefined) => readonly Edit[];

/** The result of a start, without its effects. */
export interface Predicted {
  readonly spec: Spec;
  readonly plan: Plan;
  readonly identity: Identity | undefined;
}

/** A container ready to be created. */
export interface Prepared extends Predicted {
  readonly undos: readonly Undo[];
}

/** The service that settings are for. */
export interface Reader {
  /** The unit's full name. */
  readonly unit: string;
  /** Its file, if it has one. */
  readonly fragment?: string | undefined;
  /** `run` stays from the start to the end; for a container of an engine no dynuser process does. */
  readonly mode: "run" | "container";
  /** Specifiers that differ for a caller without root. */
  readonly constants?: Readonly<Record<string, string>>;
}

/** @throws UserErrors with all that is wrong with the settings */
export function readSettings(settings: readonly Setting[], { unit, fragment, mode, constants }: Reader): ReadService {
  const decode = mode === "run" ? undefined : literally;
  const specifiers = specifiersOf(unit, hostSpecifier, { fragment, decode, constants });
  return readService(settings, { directives: DIRECTIVES, specifiers, isRun: mode === "run" });
}

/**
 * Claims the identity, plans, and prepares the host; after a failure everything is undone and the identity released.
 * @throws UserError in one line each; nothing has changed then
 */
export function prepare(start: Start, registry: Registry, select?: SelectEdits): Prepared {
  return keepingDirectories(() => claimAndPrepare(start, registry, select));
}

function claimAndPrepare(start: Start, registry: Registry, select?: SelectEdits): Prepared {
  const { containerId } = start.scope;
  const claimed = claim(identityRequest(start), registry);
  const undos: Undo[] = [];
  try {
    const identity = choosesUser(start.service) ? claimed.identity : undefined;
    const directories = start.lookAgain === undefined ? undefined : planDirectories(start, identity);
    if (directories !== undefined && directories.actions.length > 0)
      undos.push(...perform(directories, start, claimed.holder, registry));
    const resolved = resolve(start, identity, select);
    start.planned?.({ plan: resolved.plan, identity });
    const label = labelFor(start, claimed.holder.lease, registry);
    undos.push(...perform(withLabel(resolved.plan, label), start, claimed.holder, registry));
    return { ...resolved, undos };
  } catch (error) {
    undoAll(undos);
    release(containerId, registry, "failed");
    throw error;
  }
}

/** Directories of a name that another running container has too are labelled for both. */
function labelFor({ spec }: Start, lease: string, registry: Registry): string | undefined {
  const label = fileLabelOf(spec);
  const isShared = label !== undefined && !isStaticLease(lease) && holdersOf(lease, registry).length > 1;
  return isShared ? sharedLabel(label) : label;
}

/** What must be undone at the end is recorded before it is done. */
function perform(plan: Plan, { expectation }: Start, holder: Holder, registry: Registry): readonly Undo[] {
  recordExpectation(holder.id, { ...expectation, releases: itemsOf(plan.releases) }, registry, holder);
  return performActions(plan.actions);
}

/**
 * The plan and the config of another command of a start, by what the commands before it have left; restores owner and
 * mode of the service's directories, as systemd does before each command (src/core/exec-invoke.c, exec_invoke).
 * @throws UserError
 */
export function prepareNext(start: Start, identity: Identity | undefined, select?: SelectEdits): Predicted {
  performActions(planDirectories(start, identity).actions);
  return resolve(start, identity, select);
}

function planDirectories(start: Start, identity: Identity | undefined): Plan {
  const plan = makePlan({ ...lookedAt(start), identity }, [], ({ makesDirectories }) => makesDirectories === true);
  return mapOwners(plan, start, identity);
}

function resolve(start: Start, identity: Identity | undefined, select: SelectEdits = allEdits): Predicted {
  const now = lookedAt(start);
  const plan = planStart(now, identity);
  const facts = factsAfterPlan(now.facts, plan);
  return { plan, identity, spec: makeSpec({ ...now, facts }, select(plan, identity)) };
}

function lookedAt(start: Start): Start {
  return start.lookAgain === undefined ? start : { ...start, facts: start.lookAgain() };
}

function allEdits({ edits }: Plan): readonly Edit[] {
  return editsOf(edits);
}

/** The spec for the runtime, with the compiled filter that `predict` leaves out. */
function makeSpec({ spec, facts }: Start, edits: readonly Edit[]): Spec {
  return addCompiledFilter(applyEdits(spec, edits, facts), joinFilters(spec, edits, facts), facts);
}

/** What `prepare` would do, with the identity it would get; nothing is claimed or changed. */
export function predict(start: Start, registry: Registry): Predicted {
  const foreseen = predictIdentity(identityRequest(start), registry);
  const identity = choosesUser(start.service) ? foreseen : undefined;
  const plan = planStart(start, identity);
  return { plan, identity, spec: applyEdits(start.spec, editsOf(plan.edits), factsAfterPlan(start.facts, plan)) };
}

/** Owners on disk are the host's, wherever the engine's user namespace maps the user. */
function planStart(start: Start, identity: Identity | undefined): Plan {
  const context = { ...start, identity };
  const problems = start.check?.(context) ?? [];
  if (problems.length > 0) throw new UserErrors(problems);
  const made = makePlan(context, start.changes?.(context));
  const marked = start.mark?.(made, context) ?? made;
  const plan = withUserNamespace(withWarnings(mapOwners(marked, start, identity), start), start);
  return start.rootlessPaths === undefined ? plan : rootlessPlan(plan, start.rootlessPaths);
}

/** Warnings about filters concern those that were requested, not those that DynamicUser= implies. */
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

/** Otherwise the processes are root, or the user that the engine has chosen. */
export function choosesUser(service: Service): boolean {
  return isDynamic({ service }) || service.get(User) !== undefined;
}

/** A service without a dynamic user has a holder too, as root, for what must be undone at its end. */
function identityRequest({ service, scope, pid, origin, isOwnName, rootlessPaths }: Start): IdentityRequest {
  const dynamic = isDynamic({ service });
  const name = dynamic ? userName(service, scope) : (service.get(User) ?? "0");
  return {
    name,
    groupName: service.get(Group),
    isOwnName: isOwnName && service.get(User) === undefined,
    dynamic,
    owners: dynamic ? ownersSuggested(service, scope).map((path) => pathOfUser(path, rootlessPaths)) : [],
    holder: { id: scope.containerId, pid, origin },
    supplementary: service.get(SupplementaryGroups) ?? [],
  };
}

function userName(service: Service, scope: Scope): string {
  const name = userNameOf({ user: service.get(User), name: scope.name });
  if (name !== undefined) return name;
  throw new UserError(`cannot name the user: found no name in ${quote(scope.unit)}, expected User= or --name`);
}

/** Directories whose owner suggests the UID (src/core/exec-invoke.c, compile_suggested_paths). */
function ownersSuggested(service: Service, { storage = HOST_STORAGE, bases }: Scope): readonly string[] {
  const suggesting = SERVICE_DIRECTORIES.filter(({ kind }) => kind.lifetime !== "configuration");
  return suggesting.flatMap(({ row, kind }) =>
    (service.get(row) ?? []).map(({ source }) => {
      const { base } = kindOfCaller(kind, { bases });
      return `${base}/private/${inStorage(kind, source, storage)}`;
    }),
  );
}
