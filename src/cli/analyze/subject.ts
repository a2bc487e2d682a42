import { resolve } from "node:path";
import { restrictedMounts } from "../../apply/mounts/mounts.ts";
import { readConfiguration } from "../../config/configuration.ts";
import type { Options } from "../../console/options.ts";
import { predictContainer } from "../../engine/container.ts";
import { NO_DOOR_CHECKS } from "../../engine/creation.ts";
import { ensureStateDirectories, pathsOfKey, stateDirectory } from "../../engine/record/location.ts";
import { type Bundle, PREPARED_ANNOTATION, readBundle, readSpec } from "../../engine/request/bundle.ts";
import { type ContainerRequest, readContainerRequest } from "../../engine/request/request.ts";
import { detectEngine } from "../../engine/runtime/create.ts";
import { quote, UserError, UserErrors } from "../../errors.ts";
import type { Subject } from "../../exposure/subject.ts";
import { readMountTable, submountsOf } from "../../host/mountTable.ts";
import { findRuntime } from "../../host/runtime.ts";
import { rootfsTree } from "../../host/tree.ts";
import { listHolders, readHolder } from "../../identity/holder.ts";
import type { Holder } from "../../identity/holderRecord.ts";
import type { Registry } from "../../identity/registry.ts";
import type { Release } from "../../model/action.ts";
import type { Submount } from "../../model/facts.ts";
import type { Plan } from "../../model/plan.ts";
import type { Spec } from "../../oci/spec.ts";
import { apiMounts, makeBaseSpec } from "../../run/host/baseSpec.ts";
import { PRIVATE_MOUNTS } from "../../run/host/privateMounts.ts";
import { type RunRequest, readRequest } from "../../run/request/request.ts";
import { describeService, openCallersRegistry, readRequested } from "../../run/service.ts";
import { predict, type Start } from "../../start/pipeline.ts";
import { failedCall } from "../../sys/failure.ts";
import { hasCode } from "../../sys/kernel/system.ts";
import { nativeSyscalls } from "../../sys/libseccomp/libseccomp.ts";
import { ownClient } from "../../sys/process/client.ts";
import { effectiveUser } from "../../sys/process/process.ts";
import { findContainer } from "./findContainer.ts";

/** A container before and after dynuser's changes. */
export interface AnalyzedSubject {
  /** Its title in the output. */
  readonly title: string;
  readonly before: Subject;
  readonly after: Subject;
  /** The plan of the changes; absent where there are none, or the plan is unknown. */
  readonly plan?: Plan;
  readonly warnings: readonly string[];
}

/**
 * The subject that the options name; changes nothing.
 * @throws UserError for a subject that cannot be read
 */
export async function readSubject(options: Options): Promise<AnalyzedSubject> {
  try {
    return await examineNamed(options);
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM", "EROFS")) throw error;
    throw new UserError(`cannot analyze: ${failedCall(error)}, expected root (try sudo)`);
  }
}

async function examineNamed(options: Options): Promise<AnalyzedSubject> {
  const request = await readRequest(options);
  const bundle = options.get("bundle");
  const container = options.get("container");
  if (bundle !== undefined && container !== undefined) {
    throw new UserError("cannot analyze both a bundle and a container: expected --bundle or --container");
  }
  if (bundle === undefined) refuseOthers();
  if (container !== undefined) return examineContainer(container, await openCallersRegistry());
  return bundle === undefined ? examineService(request) : examineBundle(resolve(bundle), request);
}

function refuseOthers(): void {
  const uid = effectiveUser();
  if (uid === 0) return;
  throw new UserError(
    `cannot analyze: found user ${uid}, expected root, because only root can read which UIDs are free (try sudo)`,
  );
}

/** The service that `dynuser run` would start with the same options. */
export async function examineService(request: RunRequest): Promise<AnalyzedSubject> {
  const registry = await openCallersRegistry();
  const { start, warnings } = describeService(readRequested(withCommand(request)), "no terminal", registry);
  const { spec, plan } = predict(start, registry);
  const { isHost, submounts, look } = start.facts.rootfs;
  const exists = (path: string) => look(path).type !== "missing";
  const subject = { isHostRoot: isHost, submounts, exists, isNativeCall: nativeSyscalls() };
  return {
    title: start.scope.unit,
    before: { ...subject, spec: start.spec, removesIpc: false },
    after: {
      ...subject,
      spec,
      submounts: restrictedSubmounts(start, plan),
      removesIpc: removesIpc(plan.releases.map(({ item }) => item)),
    },
    plan,
    warnings: [...warnings, ...plan.warnings.map(({ owner, item }) => `${owner}=: ${item}`)],
  };
}

/** The rootfs's own mounts have no entry in the config: `dynuser run` restricts its copy of them. */
function restrictedSubmounts({ spec, facts }: Start, { edits }: Plan): readonly Submount[] {
  const restricted = restrictedMounts(
    spec,
    edits.map(({ item }) => item),
    facts,
  );
  return facts.rootfs.submounts.map((one) => ({
    ...one,
    readOnly: one.readOnly || restricted.get(one.path)?.readOnly === true,
  }));
}

/** The command does not affect the exposure. */
function withCommand(request: RunRequest): RunRequest {
  const name = request.name ?? (request.unit === undefined ? "analyzed" : undefined);
  return { ...request, name, argv: ["true"] };
}

async function examineBundle(directory: string, request: RunRequest): Promise<AnalyzedSubject> {
  if (request.problems.length > 0) throw new UserErrors(request.problems);
  const bundle = openBundle(directory, "--bundle");
  if (bundle.isPrepared) return examinePrepared(directory, bundle, holdersOf(await openCallersRegistry()));
  const before = subjectOf(bundle.spec, directory);
  const paths = pathsOfKey(stateDirectory(), "analyzed");
  ensureStateDirectories(paths);
  const asked = await askedOf(bundle, request);
  if (asked === undefined) return { title: directory, before, after: before, warnings: [] };
  const { spec, plan } = predictContainer({
    id: "analyzed",
    spec: bundle.spec,
    rootfs: rootfsOf(bundle),
    paths,
    request: asked,
    engine: asked.engine,
    runtime: findRuntime(request.runtime, paths.cache),
    client: ownClient(),
    door: NO_DOOR_CHECKS,
  });
  const releases = plan.releases.map(({ item }) => item);
  const warnings = plan.warnings.map(({ owner, item }) => `${owner}=: ${item}`);
  return { title: directory, before, after: { ...before, spec, removesIpc: removesIpc(releases) }, plan, warnings };
}

/** The request of the bundle; settings of the options count as the administrator's profile. */
async function askedOf(
  { directory, spec }: Bundle,
  { settings, name }: RunRequest,
): Promise<ContainerRequest | undefined> {
  const caller = detectEngine({ bundle: directory });
  const cache = `${stateDirectory()}/cache`;
  const asked = await readContainerRequest(spec, caller, cache);
  if (settings.length === 0) return asked;
  const { engine } = caller;
  const configuration = await readConfiguration(cache);
  const { identity, pods } = configuration;
  const { annotations = {} } = spec;
  const rules = configuration[engine];
  const plain = {
    engine,
    rules,
    annotations,
    copiesImageAnnotations: false,
    profile: [],
    requested: [],
    identity,
    podRules: pods,
  };
  const { profile, ...rest } = asked ?? { ...plain, name: undefined };
  return { ...rest, profile: [...profile, ...settings], name: name ?? rest.name, staticUsers: true };
}

function examineContainer(wanted: string, registry: Registry): AnalyzedSubject {
  const holders = holdersOf(registry);
  const { id, bundle: directory, holder } = findContainer(wanted, holders);
  const bundle = openBundle(directory, "--container");
  if (bundle.isPrepared) return examinePrepared(id, bundle, holders);
  const after = subjectOf(bundle.spec, directory, holder);
  const before = holder === undefined ? after : { ...after, spec: withoutSettings(after), removesIpc: false };
  return { title: id, before, after, warnings: [] };
}

function holdersOf(registry: Registry): readonly Holder[] {
  return listHolders(registry).flatMap((id) => readHolder(id, registry) ?? []);
}

/** The bundle keeps a copy of the engine's config. */
function examinePrepared(
  title: string,
  { configPath, spec, directory }: Bundle,
  holders: readonly Holder[],
): AnalyzedSubject {
  const prepared = readSpec(configPath) ?? spec;
  const holder = holders.find(({ id }) => id === prepared.annotations?.[PREPARED_ANNOTATION]);
  const before = subjectOf(spec, directory);
  return {
    title,
    before,
    after: { ...before, spec: prepared, removesIpc: removesIpc(holder?.releases) },
    warnings: [],
  };
}

/** The base spec of `dynuser run`. */
function withoutSettings({ spec, isHostRoot }: Subject): Spec {
  return makeBaseSpec({
    rootfs: spec.root?.path ?? "/",
    mounts: isHostRoot ? [] : apiMounts(PRIVATE_MOUNTS.host),
    cgroupsPath: spec.linux?.cgroupsPath ?? "",
    terminal: false,
    openFiles: 0n,
    limits: {},
  });
}

function openBundle(directory: string, option: string): Bundle {
  const bundle = readBundle(directory);
  if (bundle !== undefined) return bundle;
  throw new UserError(
    `cannot read ${quote(`${directory}/config.json`)}: found nothing there, expected a bundle (${option})`,
  );
}

function subjectOf(spec: Spec, directory: string, holder?: Holder): Subject {
  const rootfs = resolve(directory, spec.root?.path ?? "/");
  const { look } = rootfsTree(rootfs === PRIVATE_MOUNTS.rootfs ? "/" : rootfs);
  return {
    spec,
    exists: (path) => look(path).type !== "missing",
    isHostRoot: rootfs === "/" || rootfs === PRIVATE_MOUNTS.rootfs,
    // dynuser run restricts its copy of the host's mounts without an entry in the config
    submounts: submountsOf(readMountTable(holder?.claimer.pid), rootfs),
    removesIpc: removesIpc(holder?.releases),
    isNativeCall: nativeSyscalls(),
  };
}

function removesIpc(releases: readonly Release[] = []): boolean {
  return releases.some(({ kind }) => kind === "removeIpc");
}

function rootfsOf({ directory, spec }: Bundle): string {
  if (spec.root === undefined) throw new UserError(`cannot analyze ${quote(directory)}: its config has no root`);
  return resolve(directory, spec.root.path);
}
