import { CacheDirectory, LogsDirectory, RuntimeDirectory, StateDirectory } from "../directives/execDirectories.ts";
import { cgroupsOf } from "../host/cgroups.ts";
import { collectFacts, directoryRootfs } from "../host/facts.ts";
import { readMountTable } from "../host/mountTable.ts";
import { rootfsTree } from "../host/tree.ts";
import { podUserName } from "../identity/podName.ts";
import type { Registry } from "../identity/registry.ts";
import { changedFacts } from "../model/changedFacts.ts";
import type { Scope, Service } from "../model/directive.ts";
import type { Facts } from "../model/facts.ts";
import { isHostState } from "../model/paths.ts";
import type { Spec } from "../oci/spec.ts";
import { engineOf, isRecorded } from "../start/host/stateIndex.ts";
import { recordVolumes, volumeRecords } from "../start/host/volume.ts";
import { choosesUser, type Start } from "../start/pipeline.ts";
import { recordDirectories, serviceNameOf } from "../start/recordDirectories.ts";
import { pathOfUser, rootlessTree } from "../start/rootless.ts";
import { randomHex } from "../sys/process/process.ts";
import type { Creation } from "./creation.ts";
import { engineStorage } from "./engineStorage.ts";
import { imageChanges } from "./image/changes.ts";
import { readImageFiles } from "./image/files.ts";
import { fixedUidOf, podStorage } from "./podStorage.ts";
import { type Admitted, admit, checkStart } from "./policy/admission.ts";
import { markRequestedPaths } from "./policy/profilePaths.ts";
import { takerOf, volumeChanges } from "./volumes.ts";

/** @throws UserErrors with all problems of the request */
export function describeStart(creation: Creation, registry: Registry): Start {
  const { request, engine, id, client, paths, rootfs, runtime, spec, door } = creation;
  const { service, profile } = admit(request, unitName(creation), spec, door);
  const facts = containerFacts(creation, registry);
  const isHost = isHostState(paths.stateDir);
  const recorder = isHost ? "host" : "user";
  const volumes = volumeRecords(recorder);
  const known = isHost ? { records: { isRecorded, engineOf }, volumes } : { records: undefined, volumes: undefined };
  const scope = makeScope(creation, { service, profile }, facts);
  const image = choosesUser(service) ? readImageFiles(spec, rootfs, id) : undefined;
  return {
    service,
    pid: client.parent,
    origin: { engine, container: id, ...imageNameOf(spec) },
    spec: image?.spec ?? spec,
    facts,
    scope,
    expectation: {
      cgroups: ownCgroups(spec, id),
      ...(paths.stateRoot && { runtime: { path: runtime.path, root: paths.stateRoot, id } }),
    },
    rootlessPaths: paths.rootlessPaths,
    check: (context) => checkStart(request, context, { image, ...known }, door),
    planned: (planned) => {
      if (isHost) recordDirectories(userOf(creation, scope), planned);
      recordVolumes(planned.plan, takerOf(request), recorder);
    },
    mark: (plan, context) => markRequestedPaths(plan, context, profile, request),
    changes: (context) => [...imageChanges(context, image), ...volumeChanges(request, context, volumes)],
  };
}

function containerFacts({ paths, rootfs: root, runtime, client }: Creation, { names }: Registry): Facts {
  const { cache, stateDir, rootlessPaths } = paths;
  const mounts = readMountTable();
  const facts = collectFacts({
    rootfs: directoryRootfs(root, root, "", rootfsTree(root, mounts), mounts),
    mounts,
    runtime,
    names,
    cache,
    client,
  });
  if (rootlessPaths === undefined) return facts;
  const at = (path: string) => pathOfUser(path, rootlessPaths);
  return changedFacts(facts, {
    host: rootlessTree(facts.host, rootlessPaths),
    canMapIds: (path) => facts.canMapIds(at(path)),
    isNetworkFileSystem: (path) => facts.isNetworkFileSystem(at(path)),
    inaccessible: `${stateDir}/inaccessible`,
  });
}

function makeScope(creation: Creation, { service, profile }: Admitted, facts: Facts): Scope {
  const { request, paths, spec } = creation;
  const { pod, podRules } = request;
  const name = pod === undefined ? serviceName(creation, service) : podUserName(pod, request.name);
  const storage =
    pod === undefined
      ? engineStorage(request, service, profile, paths.key)
      : podStorage(pod, podRules, fixedUidOf(name, service, { spec, facts }, podRules));
  return {
    name,
    unit: unitName(creation),
    containerId: paths.key,
    token: randomHex(8),
    directory: paths.directory,
    environment: {},
    ...(storage && { storage }),
  };
}

/** systemd names a transient service by its unit; a container is named by the first of its directories, else by its ID. */
function serviceName({ request, id }: Creation, service: Service): string {
  const kinds = [StateDirectory, RuntimeDirectory, CacheDirectory, LogsDirectory];
  const [directory] = kinds.flatMap((kind) => service.get(kind) ?? []);
  return request.name ?? directory?.source.replaceAll("/", "-") ?? id;
}

/** The pods of a service are its instances: %p is their shared name, %i the pod's. */
function unitName({ request: { name, pod }, id }: Creation): string {
  return pod === undefined ? `${name ?? id}.service` : `${name ?? pod.name}@${pod.name}.service`;
}

/** A fixed UID is a range of one: a holder of another name keeps it. */
export function withFixedUid({ scope }: Start, registry: Registry): Registry {
  const uid = scope.storage?.fixedUid;
  return uid === undefined ? registry : { ...registry, range: { first: uid, last: uid } };
}

/** As the engines of Kubernetes annotate it; only shown to people. */
function imageNameOf({ annotations = {} }: Spec): { readonly image?: string } {
  const image = annotations["io.kubernetes.cri.image-name"] ?? annotations["io.kubernetes.cri-o.ImageName"];
  return image === undefined ? {} : { image: image.slice(0, 512) };
}

/** Only a cgroup named after the container holds it alone; paths in systemd's notation are left to systemd. */
function ownCgroups({ linux }: Spec, id: string): readonly string[] {
  const path = linux?.cgroupsPath;
  return path?.startsWith("/") && path.split("/").at(-1)!.includes(id) ? cgroupsOf(path) : [];
}

function userOf({ request: { pod }, engine, id, paths }: Creation, scope: Scope) {
  return { engine, container: id, key: paths.key, service: serviceNameOf(scope), ...(pod && { pod }) };
}
