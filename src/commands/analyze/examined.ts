import { resolve } from "node:path";
import type { Release } from "../../action.ts";
import { quote, UserError, UserErrors } from "../../errors.ts";
import type { Subject } from "../../exposure/subject.ts";
import { apiMounts, makeBaseSpec } from "../../host/baseSpec.ts";
import { type Bundle, MARK, readBundle, readSpec } from "../../host/bundle.ts";
import { readConfiguration } from "../../host/configuration.ts";
import { submountsOf } from "../../host/facts.ts";
import { findContainer } from "../../host/findContainer.ts";
import { readMountTable } from "../../host/mountTable.ts";
import { findRuntime } from "../../host/runtime.ts";
import { rootfsTree } from "../../host/tree.ts";
import { WORLD } from "../../host/world.ts";
import { type Holder, listHolders, readHolder } from "../../identity/holder.ts";
import type { Registry } from "../../identity/registry.ts";
import type { Spec } from "../../oci/spec.ts";
import type { Plan } from "../../plan.ts";
import { askNativeCalls } from "../../sys/libseccomp.ts";
import { effectiveUser } from "../../sys/process.ts";
import { hasCode } from "../../sys/system.ts";
import { type Asked, readAsked } from "../asked.ts";
import { predictContainer } from "../container.ts";
import { recognize } from "../create.ts";
import type { Options } from "../options.ts";
import { predict } from "../pipeline.ts";
import { ownPlace, placeOfKey, trustPlace } from "../place.ts";
import { type Request, readRequest } from "../request.ts";
import { describeService, openHostRegistry } from "../service.ts";

/** A container before and after what dynuser changes. */
export interface Examined {
  /** What it is, for people. */
  readonly title: string;
  readonly before: Subject;
  readonly after: Subject;
  /** What changed it; absent where that is not known any more, or nothing did. */
  readonly plan?: Plan;
  readonly warnings: readonly string[];
}

/**
 * What the options name; nothing is changed.
 * @throws UserError for what cannot be looked at
 */
export async function examine(options: Options): Promise<Examined> {
  try {
    return await examineNamed(options);
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM", "EROFS")) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    throw new UserError(`cannot analyze: found ${code} at ${path}, expected root (try sudo)`);
  }
}

async function examineNamed(options: Options): Promise<Examined> {
  const request = await readRequest(options);
  const bundle = options.get("bundle");
  const container = options.get("container");
  if (bundle !== undefined && container !== undefined) {
    throw new UserError("cannot analyze both a bundle and a container: expected --bundle or --container");
  }
  if (bundle === undefined) refuseOthers();
  if (container !== undefined) return examineContainer(container, await openHostRegistry());
  return bundle === undefined ? examineService(request) : examineBundle(resolve(bundle), request);
}

function refuseOthers(): void {
  const uid = effectiveUser();
  if (uid === 0) return;
  throw new UserError(
    `cannot analyze: found user ${uid}, expected root, who alone knows which users are free (try sudo)`,
  );
}

/** What `dynuser run` would start with the same options. */
export async function examineService(request: Request): Promise<Examined> {
  const registry = await openHostRegistry();
  const { start, warnings } = describeService(withCommand(request), "no terminal", registry);
  const { spec, plan } = predict(start, registry);
  const { isHost, submounts, look } = start.facts.rootfs;
  const exists = (path: string) => look(path).type !== "missing";
  const subject = { isHostRoot: isHost, submounts, exists, isNativeCall: askNativeCalls() };
  return {
    title: start.scope.unit,
    before: { ...subject, spec: start.spec, removesIpc: false },
    after: { ...subject, spec, removesIpc: removesIpc(plan.releases.map(({ item }) => item)) },
    plan,
    warnings: [...warnings, ...plan.warnings.map(({ owner, item }) => `${owner}=: ${item}`)],
  };
}

/** What is run makes no difference. */
function withCommand(request: Request): Request {
  const name = request.name ?? (request.unit === undefined ? "analyzed" : undefined);
  return { ...request, name, argv: ["true"] };
}

async function examineBundle(directory: string, request: Request): Promise<Examined> {
  if (request.problems.length > 0) throw new UserErrors(request.problems);
  const bundle = openBundle(directory, "--bundle");
  if (bundle.isPrepared) return examinePrepared(directory, bundle, holdersOf(await openHostRegistry()));
  const before = subjectOf(bundle.spec, directory);
  const place = placeOfKey(ownPlace(), "analyzed");
  trustPlace(place);
  const asked = await askedOf(bundle, request);
  if (asked === undefined) return { title: directory, before, after: before, warnings: [] };
  const { spec, plan } = predictContainer({
    id: "analyzed",
    spec: bundle.spec,
    rootfs: rootfsOf(bundle),
    place,
    asked,
    engine: asked.engine,
    runtime: findRuntime(request.runtime, place.cache),
    pid: process.pid,
  });
  const releases = plan.releases.map(({ item }) => item);
  const warnings = plan.warnings.map(({ owner, item }) => `${owner}=: ${item}`);
  return { title: directory, before, after: { ...before, spec, removesIpc: removesIpc(releases) }, plan, warnings };
}

/** What the bundle itself asks for; what the options say comes with the administrator's own profile. */
async function askedOf({ directory, spec }: Bundle, { settings, name }: Request): Promise<Asked | undefined> {
  const caller = recognize({ bundle: directory });
  const cache = `${ownPlace()}/cache`;
  const asked = await readAsked(spec, caller, cache);
  if (settings.length === 0) return asked;
  const { engine } = caller;
  const configuration = await readConfiguration(cache);
  const { identity, pods } = configuration;
  const plain = { engine, rules: configuration[engine], profile: [], requested: [], identity, podRules: pods };
  const { profile, ...rest } = asked ?? { ...plain, name: undefined };
  return { ...rest, profile: [...profile, ...settings], name: name ?? rest.name, staticUsers: true };
}

function examineContainer(wanted: string, registry: Registry): Examined {
  const holders = holdersOf(registry);
  const { id, bundle: directory, holder } = findContainer(wanted, holders);
  const bundle = openBundle(directory, "--container");
  if (bundle.isPrepared) return examinePrepared(id, bundle, holders);
  const after = subjectOf(bundle.spec, directory, holder?.releases);
  const before = holder === undefined ? after : { ...after, spec: withoutSettings(after), removesIpc: false };
  return { title: id, before, after, warnings: [] };
}

function holdersOf(registry: Registry): readonly Holder[] {
  return listHolders(registry).flatMap((id) => readHolder(id, registry) ?? []);
}

/** The engine's own config is put aside in the bundle. */
function examinePrepared(title: string, { configPath, spec, directory }: Bundle, holders: readonly Holder[]): Examined {
  const prepared = readSpec(configPath) ?? spec;
  const holder = holders.find(({ id }) => id === prepared.annotations?.[MARK]);
  const before = subjectOf(spec, directory);
  return {
    title,
    before,
    after: { ...before, spec: prepared, removesIpc: removesIpc(holder?.releases) },
    warnings: [],
  };
}

/** What `dynuser run` starts from. */
function withoutSettings({ spec, isHostRoot }: Subject): Spec {
  return makeBaseSpec({
    rootfs: spec.root?.path ?? "/",
    mounts: isHostRoot ? [] : apiMounts(WORLD.host),
    cgroupsPath: spec.linux?.cgroupsPath ?? "",
    terminal: false,
    openFiles: 0n,
  });
}

function openBundle(directory: string, option: string): Bundle {
  const bundle = readBundle(directory);
  if (bundle !== undefined) return bundle;
  throw new UserError(
    `cannot read ${quote(`${directory}/config.json`)}: found nothing there, expected a bundle (${option})`,
  );
}

function subjectOf(spec: Spec, directory: string, releases?: readonly Release[]): Subject {
  const rootfs = resolve(directory, spec.root?.path ?? "/");
  const { look } = rootfsTree(rootfs === WORLD.rootfs ? "/" : rootfs);
  return {
    spec,
    exists: (path) => look(path).type !== "missing",
    isHostRoot: rootfs === "/" || rootfs === WORLD.rootfs,
    submounts: submountsOf(readMountTable(), rootfs === WORLD.rootfs ? "/" : rootfs),
    removesIpc: removesIpc(releases),
    isNativeCall: askNativeCalls(),
  };
}

function removesIpc(releases: readonly Release[] = []): boolean {
  return releases.some(({ kind }) => kind === "removeIpc");
}

function rootfsOf({ directory, spec }: Bundle): string {
  if (spec.root === undefined) throw new UserError(`cannot analyze ${quote(directory)}: its config has no root`);
  return resolve(directory, spec.root.path);
}
