import { resolve } from "node:path";
import { readRules } from "../config/identityRules.ts";
import { RootDirectory } from "../directives/rootDirectory.ts";
import { WorkingDirectory } from "../directives/workingDirectory.ts";
import { allOf, quote, UserError, UserErrors } from "../errors.ts";
import { CGROUP_ROOT } from "../host/cgroups.ts";
import { collectFacts, collectFactsAgain, directoryRootfs, type FactSources, hostRootfs } from "../host/facts.ts";
import { findRuntime } from "../host/runtime.ts";
import { hostSpecifier } from "../host/specifiers.ts";
import { rootfsTree } from "../host/tree.ts";
import type { Registry } from "../identity/registry.ts";
import { changedFacts } from "../model/changedFacts.ts";
import type { Scope, Service } from "../model/directive.ts";
import type { CgroupFacts, Facts } from "../model/facts.ts";
import type { ReadService } from "../settings/read.ts";
import type { Setting } from "../settings/setting.ts";
import { splitUnitName } from "../settings/unitName.ts";
import { type Caller, constantsOf, hasOneId, thisCaller } from "../start/caller.ts";
import { readSettings, type Start } from "../start/pipeline.ts";
import { ensureStateDirectory, openRegistryAt, rulesAt } from "../start/registry.ts";
import { statusOf } from "../sys/files/status.ts";
import { callerEnvironment, randomHex } from "../sys/process/process.ts";
import type { Command } from "../values/commandLine.ts";
import { expandSpecifiers, specifiersOf } from "../values/specifiers.ts";
import { callerChanges, callerDefaults, refuseOneId, sharingOf, userNamespaceOf } from "./callerChanges.ts";
import { allCgroups, allFilterCgroups, cgroupPathOf } from "./cgroups/paths.ts";
import { type CgroupPlace, topPlace } from "./cgroups/place.ts";
import { type ConditionResult, checkConditions, findRequirements } from "./conditions.ts";
import { apiMounts, hostMounts, makeBaseSpec } from "./host/baseSpec.ts";
import { PRIVATE_MOUNTS } from "./host/privateMounts.ts";
import { type Lifecycle, lifecycleOf } from "./lifecycle.ts";
import { networkChanges } from "./network/changes.ts";
import { type NetworkRequest, refuseTwoNetworks } from "./network/request.ts";
import { notifyChanges, notifyMounts } from "./notify/notifySocket.ts";
import type { RunRequest } from "./request/request.ts";
import { workspaceChanges } from "./request/workspace.ts";

/** A service of `dynuser run`: its start and its life cycle. */
export interface HostService {
  readonly start: Start;
  readonly lifecycle: Lifecycle;
  /** The root file system on the host. */
  readonly tree: string;
  readonly cgroups: CgroupPlace;
  readonly network: NetworkRequest;
  readonly warnings: readonly string[];
}

/** The settings of a request, read. */
export interface Requested {
  readonly request: RunRequest;
  readonly scope: Scope;
  readonly service: Service;
  readonly warnings: readonly string[];
}

export type Terminal = "own terminal" | "no terminal";

/** @throws UserErrors with all problems of the settings */
export function readRequested(request: RunRequest, caller: Caller = thisCaller()): Requested {
  const scope = makeScope(request, caller);
  return { request, scope, ...readAll(request, scope.unit, caller) };
}

/**
 * The service that a request describes, on this host; nothing is changed.
 * @param cgroups the top where it is only predicted
 * @throws UserErrors
 */
export function describeService(
  { request, scope, service, warnings }: Requested,
  terminal: Terminal,
  registry: Registry,
  cgroups: CgroupPlace = topPlace(),
  caller: Caller = thisCaller(),
): HostService {
  const rootfs = rootOf(request, service);
  const sources = {
    ...factSources(rootfs, request.runtime, registry, caller),
    cgroups: cgroups.parents.get(CGROUP_ROOT),
  };
  refuseOneId(caller, sources.runtime);
  const facts = factsFor(caller, cgroups, collectFacts(sources));
  const openFiles = facts.hardLimit("RLIMIT_NOFILE");
  const sharing = sharingOf(caller, service, facts, request.workspaces);
  const lifecycle = lifecycleOf(service, givenCommand(request, service));
  refuseNothing(lifecycle);
  refuseSeveral(lifecycle);
  refuseTwoNetworks(request.network, service);
  const start: Start = {
    service,
    facts,
    lookAgain: () => factsFor(caller, cgroups, collectFactsAgain(sources, rootfsTree(rootfs ?? "/"))),
    scope,
    spec: makeBaseSpec({
      rootfs: PRIVATE_MOUNTS.rootfs,
      mounts: [
        ...(rootfs === undefined ? hostMounts(caller) : apiMounts(PRIVATE_MOUNTS.host)),
        ...(rootfs === undefined && caller.kind === "root" ? [] : notifyMounts(lifecycle, scope)),
      ],
      cgroupsPath: cgroups.parents.size > 0 ? cgroupPathOf(scope, "ExecStart", 0) : undefined,
      terminal: terminal === "own terminal",
      openFiles,
      limits: cgroups.limits,
    }),
    pid: process.pid,
    origin: { engine: "dynuser", container: scope.containerId },
    goesOnWithout: !request.isStrict,
    isOwnName: request.name !== undefined || request.unit === undefined,
    expectation: {
      cgroups: [...allCgroups(scope, lifecycle, cgroups), ...allFilterCgroups(scope, lifecycle, cgroups)],
    },
    userNamespace: userNamespaceOf(sharing),
    changes: (context) => [
      ...notifyChanges(lifecycle, scope),
      ...callerChanges(sharing, context),
      ...workspaceChanges(request.workspaces, sharing, context),
      ...networkChanges(request.network, context),
    ],
  };
  return {
    start,
    lifecycle,
    tree: rootfs ?? "/",
    cgroups,
    network: request.network,
    warnings: [...request.warnings, ...warnings],
  };
}

/** systemd evaluates the section [Unit] before it starts anything; warnings are refused with --strict. */
export function checkUnit({ unitSettings, unit = "", fragment, isStrict }: RunRequest): ConditionResult {
  const specifiers = specifiersOf(unit, hostSpecifier, { fragment, constants: constantsOf(thisCaller()) });
  const result = checkConditions(unitSettings, (text) => expandSpecifiers(text, specifiers));
  const unchecked = [...result.unchecked, ...findRequirements(unitSettings)];
  if (isStrict && unchecked.length > 0)
    throw new UserErrors(unchecked.map((line) => line.replace(/^ignoring/, "refusing")));
  return { ...result, unchecked };
}

/** Undefined for the host's own tree. */
function rootOf({ rootfs }: RunRequest, service: Service): string | undefined {
  const root = rootfs ?? service.get(RootDirectory)?.path;
  return root === "/" ? undefined : root;
}

function readAll(request: RunRequest, unit: string, caller: Caller): ReadService {
  const { defaults, unitSettings, problems, fragment } = request;
  const settings = [...callerDefaults(caller, request), ...defaults, ...startLimits(unitSettings), ...request.settings];
  const attempts = problems.map((problem) => (): never => {
    throw new UserError(problem);
  });
  const reader = { unit, fragment, mode: "run", constants: constantsOf(caller) } as const;
  return allOf([...attempts, () => readSettings(settings, reader)])[0]!;
}

/** The limits of starts are settings of [Unit], and in older units of [Service] (src/core/load-fragment-gperf.gperf.in). */
function startLimits(unit: readonly Setting[]): readonly Setting[] {
  const named = unit.map((setting) => ({
    ...setting,
    name: setting.name.replace(/^StartLimitIntervalSec$/, "StartLimitInterval"),
  }));
  return named.filter(({ name }) => name === "StartLimitInterval" || name === "StartLimitBurst");
}

/** @throws UserErrors when the administrator's configuration cannot be read */
export async function openCallersRegistry(caller: Caller = thisCaller()): Promise<Registry> {
  const { own } = caller;
  ensureStateDirectory(own);
  const rules = await readRules(`${own}/cache`);
  // The one ID that there is has any number in the service's user namespace.
  return openRegistryAt(own, hasOneId(caller) ? rules : rulesAt(own, rules));
}

/** Without --name and --unit each run has another name, as with systemd-run; its ID shows the command. */
function makeScope({ name, unit, argv }: RunRequest, { bases, own: stateDirectory }: Caller): Scope {
  const own = name ?? `run-${randomHex(8)}`;
  const fullName = unit ?? `${own}.service`;
  const shown = unit?.replace(/\.[^.]*$/, "") ?? name ?? argv[0]?.split("/").at(-1) ?? "run";
  const readable = shown.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, 60);
  return {
    name: name ?? (unit === undefined ? own : splitUnitName(unit).prefix),
    unit: fullName,
    containerId: `run-${readable}-${randomHex(4)}`,
    token: randomHex(8),
    directory: PRIVATE_MOUNTS.files,
    environment: callerEnvironment(),
    bases,
    own: stateDirectory,
  };
}

function factSources(
  rootfs: string | undefined,
  runtime: string | undefined,
  { names }: Registry,
  { own }: Caller,
): FactSources {
  if (rootfs !== undefined && !statusOf(rootfs)?.isDirectory()) {
    throw new UserError(
      `cannot use ${quote(rootfs)}: found no directory there, expected a root file system (--rootfs, RootDirectory=)`,
    );
  }
  return {
    rootfs:
      rootfs === undefined
        ? hostRootfs(PRIVATE_MOUNTS.rootfs, PRIVATE_MOUNTS.host)
        : directoryRootfs(rootfs, PRIVATE_MOUNTS.rootfs, PRIVATE_MOUNTS.host, rootfsTree(rootfs)),
    runtime: findRuntime(runtime, `${own}/cache`),
    names,
    cache: `${own}/cache`,
    privateDevices: PRIVATE_MOUNTS.devices,
  };
}

/** What differs for a caller that is no root of the host. */
function factsFor({ own }: Caller, { parents }: CgroupPlace, facts: Facts): Facts {
  const inaccessible = `${own}/inaccessible`;
  return changedFacts(facts, parents.size > 0 ? { inaccessible } : { inaccessible, cgroups: NO_CGROUPS });
}

const NO_CGROUPS: CgroupFacts = { unified: true, controllers: [], has: () => false };

/** A command of the command line is not expanded. */
function givenCommand(request: RunRequest, service: Service): readonly Command[] {
  const [file, ...rest] = request.argv;
  if (file === undefined) return [];
  const path = isOfCaller(request, service) && file.includes("/") ? resolve(file) : file;
  return [{ file: path, argv: [path, ...rest], expand: false, mayFail: false, privileges: "service" }];
}

/** Whether a relative command is one of the caller's working directory, as with systemd-run. */
function isOfCaller({ workspaces, rootfs }: RunRequest, service: Service): boolean {
  return workspaces.paths.length === 0 && rootfs === undefined && service.get(WorkingDirectory) === undefined;
}

/** A service without ExecStart= needs RemainAfterExit= and ExecStop= (src/core/service.c, service_verify). */
function refuseNothing({ commands, remainsAfterExit }: Lifecycle): void {
  if (commands.ExecStart.length > 0 || (remainsAfterExit && commands.ExecStop.length > 0)) return;
  throw new UserError("cannot run: found no command, expected one after -- or ExecStart= in the unit");
}

/** Only a oneshot service has several main commands (src/core/service.c, service_verify). */
function refuseSeveral({ commands, type }: Lifecycle): void {
  if (type === "oneshot" || commands.ExecStart.length < 2) return;
  throw new UserError("cannot honour ExecStart=: found several commands, expected one unless Type=oneshot");
}
