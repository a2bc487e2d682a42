import { addHooks } from "../apply/hooks.ts";
import { treeOfUser } from "../apply/userPlaces.ts";
import { CacheDirectory, LogsDirectory, RuntimeDirectory, StateDirectory } from "../directives/execDirectories.ts";
import type { Change } from "../edit.ts";
import type { Facts, RuntimeFacts } from "../facts.ts";
import { cgroupsOf } from "../host/cgroups.ts";
import type { Engine } from "../host/configuration.ts";
import { statePath, writeProcess } from "../host/containerRecord.ts";
import { directoryRootfs, gatherFacts } from "../host/facts.ts";
import { findScript } from "../host/libexec.ts";
import { undoAll } from "../host/perform.ts";
import { rootfsTree } from "../host/tree.ts";
import { makeInaccessible } from "../host/world.ts";
import { readHolder } from "../identity/holder.ts";
import { podUserName } from "../identity/podName.ts";
import { HOST_PLACES, makeTrusted, type Registry, recordsIn } from "../identity/registry.ts";
import type { Spec } from "../oci/spec.ts";
import type { Context, Owned, Scope } from "../plan.ts";
import type { Service } from "../service.ts";
import type { Asked } from "./asked.ts";
import { readAskedService, refuseHostDirectories, refuseHostGroup } from "./bounds.ts";
import { openRegistryAt, rulesAt } from "./engineRegistry.ts";
import { imageChanges } from "./imageChanges.ts";
import { readImageFiles } from "./imageFiles.ts";
import { noteDirectories } from "./noteDirectories.ts";
import { choosesUser, type Predicted, predict, prepare, type Start } from "./pipeline.ts";
import type { Place } from "./place.ts";
import { fixedUidOf, podStorage } from "./podStorage.ts";
import { giveBack } from "./release.ts";

/** One container to be prepared, however its engine came to us. */
export interface Creation {
  readonly id: string;
  /** As the engine wrote it. */
  readonly spec: Spec;
  /** The image's files on the host, absolute. */
  readonly rootfs: string;
  readonly place: Place;
  readonly asked: Asked;
  readonly engine: Engine;
  readonly runtime: RuntimeFacts;
  /** Whose end is the claim's until the container's init has it. */
  readonly pid: number;
  /** The engine itself calls us at the container's end. */
  readonly isEndTold?: boolean;
  /** What this door asks for besides the directives. */
  changes?(context: Context): readonly Owned<Change>[];
}

/**
 * Claims the container's user, makes its directories, and hands the changed spec to the engine; whatever fails is undone.
 * @throws UserErrors; nothing has changed then
 */
export function prepareContainer(creation: Creation, deliver: (spec: Spec) => void): void {
  const { place, spec } = creation;
  const registry = openRegistryAt(place.own, rulesAt(place.own, creation.asked.identity));
  makeTrusted(recordsIn(place.own));
  makeInaccessible(place.own);
  forgetLostRecord(place, registry);
  const start = describeStart(creation, registry);
  const prepared = prepare(start, withFixedUid(start, registry));
  try {
    if (place.own === HOST_PLACES.own) noteDirectories(whoseOf(creation), prepared.plan.actions, prepared.identity);
    const [before, after] = [spec.process, prepared.spec.process];
    if (before !== undefined && after !== undefined) writeProcess(place.directory, { before, after });
    deliver(addHooks(prepared.spec, hookPlaces(creation)));
  } catch (error) {
    undoAll(prepared.undos);
    giveBack(place.key, place.own, registry, "failed");
    throw error;
  }
}

function whoseOf({ asked: { pod }, engine, id, place }: Creation) {
  return { engine, container: id, key: place.key, ...(pod && { pod }) };
}

/** What `prepareContainer` would make of it; nothing is claimed or changed. */
export function predictContainer(creation: Creation): Predicted {
  const registry = openRegistryAt(creation.place.own, rulesAt(creation.place.own, creation.asked.identity));
  return predict(describeStart(creation, registry), registry);
}

/** What nobody holds is of no use to anybody. */
function forgetLostRecord({ own, key }: Place, registry: Registry): void {
  if (readHolder(key, registry) === undefined) giveBack(key, own, registry);
}

/** @throws UserErrors with all that is wrong with the settings */
function describeStart(creation: Creation, registry: Registry): Start {
  const { asked, engine, id, pid, place, rootfs, runtime, spec } = creation;
  const service = readAskedService(asked, unitName(creation));
  const facts = gather(creation, registry);
  const image = choosesUser(service) ? readImageFiles(spec, rootfs, id) : undefined;
  return {
    service,
    pid,
    origin: { engine, container: id, ...imageNameOf(spec) },
    spec: image?.spec ?? spec,
    facts,
    scope: makeScope(creation, service, facts),
    expectation: {
      cgroups: ownCgroups(spec, id),
      ...(place.stateRoot && { runtime: { path: runtime.path, root: place.stateRoot, id } }),
    },
    places: place.userPlaces,
    changes: (context) => {
      refuseHostGroup(context, asked);
      const changes = [...imageChanges(context, image, asked), ...(creation.changes?.(context) ?? [])];
      // Pods have a place of their own, where no name can be that of a directory of the host.
      if (asked.pod === undefined) refuseHostDirectories(context, asked);
      return changes;
    },
  };
}

function gather({ place, rootfs: root, runtime }: Creation, { names }: Registry): Facts {
  const { cache, own, userPlaces } = place;
  const facts = gatherFacts({ rootfs: directoryRootfs(root, root, "", rootfsTree(root)), runtime, names, cache });
  if (userPlaces === undefined) return facts;
  return { ...facts, host: treeOfUser(facts.host, userPlaces), inaccessible: `${own}/inaccessible` };
}

function makeScope(creation: Creation, service: Service, facts: Facts): Scope {
  const { asked, place, spec } = creation;
  const { pod, podRules } = asked;
  const name = pod === undefined ? serviceName(creation, service) : podUserName(pod, asked.name);
  return {
    name,
    unit: unitName(creation),
    containerId: place.key,
    directory: place.directory,
    environment: {},
    ...(pod && { storage: podStorage(pod, podRules, fixedUidOf(name, service, { spec, facts }, podRules)) }),
  };
}

/** systemd names a transient service by its unit; a container has the first of its directories before its ID. */
function serviceName({ asked, id }: Creation, service: Service): string {
  const kinds = [StateDirectory, RuntimeDirectory, CacheDirectory, LogsDirectory];
  const [directory] = kinds.flatMap((kind) => service.get(kind) ?? []);
  return asked.name ?? directory?.source.replaceAll("/", "-") ?? id;
}

/** The pods of a service are its instances: %p is the name that they share, %i the pod's own. */
function unitName({ asked: { name, pod }, id }: Creation): string {
  return pod === undefined ? `${name ?? id}.service` : `${name ?? pod.name}@${pod.name}.service`;
}

/** The one number that every node gives this name; whoever else has it here keeps it. */
function withFixedUid({ scope }: Start, registry: Registry): Registry {
  const uid = scope.storage?.fixedUid;
  return uid === undefined ? registry : { ...registry, range: { first: uid, last: uid } };
}

/** Kubernetes' engines tell it; it is shown to people and decides nothing. */
function imageNameOf({ annotations = {} }: Spec): { readonly image?: string } {
  const image = annotations["io.kubernetes.cri.image-name"] ?? annotations["io.kubernetes.cri-o.ImageName"];
  return image === undefined ? {} : { image: image.slice(0, 512) };
}

/** Only directories that bear the container's name hold it and nobody else; systemd's notation is left to systemd. */
function ownCgroups({ linux }: Spec, id: string): readonly string[] {
  const path = linux?.cgroupsPath;
  return path?.startsWith("/") && path.split("/").at(-1)!.includes(id) ? cgroupsOf(path) : [];
}

function hookPlaces({ place, runtime, isEndTold = false }: Creation) {
  const { own, key, directory } = place;
  const userDirectory = own.startsWith("/run/dynuser") ? {} : { XDG_RUNTIME_DIR: own.replace(/\/dynuser$/, "") };
  return {
    key,
    program: findScript("call") ?? process.execPath,
    state: statePath(directory),
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...userDirectory },
    isEndTold,
    stage: knowsCreateRuntime(runtime) ? ("createRuntime" as const) : ("prestart" as const),
    ...(runtime.name === "runc" && { timeoutSeconds: 60 }),
  };
}

/** runc has it since 1.0.0-rc91, crun since 0.12; older ones ignore hooks that they do not know. */
function knowsCreateRuntime({ name, version }: RuntimeFacts): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return name !== "crun" || major > 0 || minor >= 12;
}
