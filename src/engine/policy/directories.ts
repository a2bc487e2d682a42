import { SERVICE_DIRECTORIES } from "../../directives/execDirectories.ts";
import { inStorage } from "../../directives/execDirectoryPlan.ts";
import { quote } from "../../errors.ts";
import type { Context, Service, Storage } from "../../model/directive.ts";
import { CONFIGURATION_PATH } from "../../model/paths.ts";
import { HOST_STORAGE } from "../../model/plan.ts";
import type { DirectoryKind } from "../../values/directoryKinds.ts";
import { isAtOrBelow } from "../../values/within.ts";
import { engineStorage } from "../engineStorage.ts";
import type { ContainerRequest } from "../request/request.ts";
import type { Bounds, StartFacts } from "./check.ts";
import { isReadByHost } from "./hostNames.ts";

/** A directory of a service, and where it lies. */
interface Named {
  readonly kind: DirectoryKind;
  readonly source: string;
  /** Below the base: `dynuser-containers/podman/web`; `source` for a directory of the host. */
  readonly name: string;
}

function* namesIn(service: Service, storage: Storage = HOST_STORAGE): Iterable<Named> {
  for (const { row, kind } of SERVICE_DIRECTORIES) {
    for (const { source } of service.get(row) ?? []) yield { kind, source, name: inStorage(kind, source, storage) };
  }
}

/** More than any program has; each is made, owned and mounted at every start. */
const MOST_DIRECTORIES = 64;
/** Each directory is reached from the top, component by component. */
const MOST_COMPONENTS = 16;

export function* checkDirectoryAmount({ rules, requested }: ContainerRequest, service: Service): Iterable<string> {
  if (rules.policy === "all" || requested.length === 0) return;
  for (const { row } of SERVICE_DIRECTORIES) {
    const found = (service.get(row) ?? []).reduce((sum, { links }) => sum + 1 + links.length, 0);
    if (found > MOST_DIRECTORIES)
      yield `cannot take ${row.name}=: found ${found} directories and links, expected ${MOST_DIRECTORIES} at most`;
    const depth = Math.max(
      0,
      ...(service.get(row) ?? []).flatMap(({ source, links }) => [source, ...links].map(depthOf)),
    );
    if (depth > MOST_COMPONENTS)
      yield `cannot take ${row.name}=: found a path of ${depth} components, expected ${MOST_COMPONENTS} at most`;
  }
}

function depthOf(path: string): number {
  return path.split("/").length;
}

/** Containers outside of pods have directories of the engine, or the host's where the administrator names them. */
export function* checkDirectoryNames(
  request: ContainerRequest,
  service: Service,
  { profile }: Bounds,
): Iterable<string> {
  if (request.pod !== undefined) return;
  const storage = engineStorage(request, service, profile, "");
  for (const directory of namesIn(service, storage)) {
    const reason = directory.name === directory.source ? hostReason(directory) : ownReason(directory, request, storage);
    if (reason !== undefined) yield `cannot take ${directory.kind.directive}=${directory.source}: ${reason}`;
  }
}

function hostReason({ kind, source }: Named): string | undefined {
  if (!isReadByHost(source)) return undefined;
  return `programs of the host read ${quote(`${kind.base}/${source}`)}, expected another name`;
}

function ownReason(
  { kind, source }: Named,
  { engine, rules, copiesImageAnnotations }: ContainerRequest,
  { shared = {} }: Storage = HOST_STORAGE,
): string | undefined {
  const words = `directories: own, or a maximum that has it (engines.${engine} in ${CONFIGURATION_PATH})`;
  if (rules.directories === "none") return `found directories: none, expected ${words}`;
  if (rules.directories === undefined && copiesImageAnnotations) {
    return `found podman before 4.6, or of unknown version, which copies annotations from images; expected ${words}`;
  }
  const inner = shared[kind.directive]?.find((other) => isAtOrBelow(other, [source]));
  return inner === undefined ? undefined : `it lies around ${quote(inner)} of the profile, expected another name`;
}

/** A record says which engine made a directory, not its place or owner; a directory without a record is not the engine's. */
export function* checkDirectoryOwners(
  request: ContainerRequest,
  context: Context,
  facts: StartFacts,
): Iterable<string> {
  for (const directory of namesIn(context.service, context.scope.storage)) {
    if (directory.name === directory.source) continue;
    const reason = userReason(request, context) ?? recordReason(directory, request, context, facts);
    if (reason !== undefined) yield `cannot take ${directory.kind.directive}=${directory.source}: ${reason}`;
  }
}

/** Files of a user of the host, root's set-user-ID files for example, would outlive the container. */
function userReason({ pod }: ContainerRequest, { identity }: Context): string | undefined {
  if (pod !== undefined || identity?.leased === true) return undefined;
  return "found no DynamicUser=yes, expected that, or a maximum that has the directory";
}

function recordReason(
  { kind, source, name }: Named,
  request: ContainerRequest,
  { facts: { host } }: Context,
  { records }: StartFacts,
): string | undefined {
  if (kind.lifetime !== "persistent") return undefined;
  const paths = (text: string) => [`${kind.base}/private/${text}`, `${kind.base}/${text}`];
  const present = paths(name).filter((path) => host.look(path).type !== "missing");
  if (present.length === 0) return earlierReason(paths(source)[0]!, paths(name)[0]!, request, { host, records });
  if (records === undefined || paths(name).some((path) => records.isRecorded(path))) return undefined;
  return `found ${quote(present[0]!)}, which no container of ${request.engine} has made by any record, expected no such directory`;
}

/** Up to version 1 directories of containers lay beside those of the host's services. */
function earlierReason(
  earlier: string,
  now: string,
  { engine, pod }: ContainerRequest,
  { host, records }: Pick<Context["facts"], "host"> & Pick<StartFacts, "records">,
): string | undefined {
  if (pod !== undefined || host.look(earlier).type !== "directory") return undefined;
  const found = host.look(earlier).path;
  if (records === undefined) {
    return `found files of an earlier version in ${quote(found)}, expected them in ${quote(host.look(now).path)} (podman unshare mv)`;
  }
  if (records.engineOf(earlier) !== engine) return undefined;
  return `found files of an earlier version in ${quote(found)}, expected them to be moved (dynuser state migrate --engine ${engine} ${found}) or a maximum that has the directory (engines.${engine}.maxima in ${CONFIGURATION_PATH})`;
}
