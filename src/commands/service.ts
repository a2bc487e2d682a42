import { RootDirectory } from "../directives/rootDirectory.ts";
import { allOf, quote, UserError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import { apiMounts, makeBaseSpec } from "../host/baseSpec.ts";
import { directoryRootfs, gatherFacts, hostRootfs } from "../host/facts.ts";
import { findRuntime } from "../host/runtime.ts";
import { rootfsTree } from "../host/tree.ts";
import { WORLD } from "../host/world.ts";
import { HOST_PLACES, type Registry } from "../identity/registry.ts";
import type { Scope } from "../plan.ts";
import type { Service } from "../service.ts";
import type { ReadService } from "../sources/read.ts";
import { statusOf } from "../sys/files.ts";
import { callerEnvironment, randomHex } from "../sys/process.ts";
import type { Command } from "../values/commandLine.ts";
import { openRegistryAt } from "./engineRegistry.ts";
import { readSettings, type Start } from "./pipeline.ts";
import type { Request } from "./request.ts";
import { readRules } from "./rules.ts";
import { allCgroups, cgroupPathOf } from "./run/cgroups.ts";
import { type Lifecycle, lifecycleOf } from "./run/lifecycle.ts";
import { notifyChanges, notifyMounts } from "./run/notifySocket.ts";
import { workspaceChanges } from "./run/workspace.ts";

/** A service of `dynuser run`: what is to be prepared, and how it lives. */
export interface HostService {
  readonly start: Start;
  readonly lifecycle: Lifecycle;
  /** The root file system on the host. */
  readonly tree: string;
  readonly warnings: readonly string[];
}

export type Terminal = "own terminal" | "no terminal";

const CACHE = "/run/dynuser/cache";

/**
 * The service that a request describes, on this host; nothing is changed.
 * @throws UserErrors with everything that is wrong with the settings
 */
export function describeService(request: Request, terminal: Terminal, registry: Registry): HostService {
  const scope = makeScope(request);
  const { service, warnings } = readAll(request, scope.unit);
  const rootfs = rootOf(request, service);
  const facts = gather(rootfs, request.runtime, registry);
  const openFiles = facts.hardLimit("RLIMIT_NOFILE");
  const lifecycle = lifecycleOf(service, givenCommand(request));
  refuseNothing(lifecycle);
  const start: Start = {
    service,
    facts,
    scope,
    spec: makeBaseSpec({
      rootfs: WORLD.rootfs,
      mounts: rootfs === undefined ? [] : [...apiMounts(WORLD.host), ...notifyMounts(lifecycle, scope)],
      cgroupsPath: cgroupPathOf(scope, "ExecStart", 0),
      terminal: terminal === "own terminal",
      openFiles,
    }),
    pid: process.pid,
    origin: { engine: "dynuser", container: scope.containerId },
    expectation: { cgroups: allCgroups(scope, lifecycle) },
    changes: (context) => [...notifyChanges(lifecycle, scope), ...workspaceChanges(request.workspace, context)],
  };
  return { start, lifecycle, tree: rootfs ?? "/", warnings: [...request.warnings, ...warnings] };
}

/** Undefined for the host's own tree. */
function rootOf({ rootfs }: Request, service: Service): string | undefined {
  const root = rootfs ?? service.get(RootDirectory)?.path;
  return root === "/" ? undefined : root;
}

function readAll({ settings, problems, fragment }: Request, unit: string): ReadService {
  const attempts = problems.map((problem) => (): never => {
    throw new UserError(problem);
  });
  return allOf([...attempts, () => readSettings(settings, { unit, fragment, door: "run" })])[0]!;
}

/** @throws UserErrors when the administrator's configuration cannot be read */
export async function openHostRegistry(): Promise<Registry> {
  return openRegistryAt(HOST_PLACES.own, await readRules(CACHE));
}

/** A name may come from the unit; without any the service is called after what it runs. */
function makeScope({ name, unit, argv }: Request): Scope {
  const fullName = unit ?? `${name ?? argv[0]?.split("/").at(-1) ?? "run"}.service`;
  const stem = fullName.replace(/\.[^.]*$/, "");
  const readable = stem.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, 60);
  return {
    name: name ?? stem.replace(/@.*$/, ""),
    unit: fullName,
    containerId: `run-${readable}-${randomHex(4)}`,
    directory: WORLD.files,
    environment: callerEnvironment(),
  };
}

function gather(rootfs: string | undefined, runtime: string | undefined, { names }: Registry): Facts {
  if (rootfs !== undefined && !statusOf(rootfs)?.isDirectory()) {
    throw new UserError(
      `cannot use ${quote(rootfs)}: found no directory there, expected a root file system (--rootfs, RootDirectory=)`,
    );
  }
  return gatherFacts({
    rootfs:
      rootfs === undefined
        ? hostRootfs(WORLD.rootfs, WORLD.host)
        : directoryRootfs(rootfs, WORLD.rootfs, WORLD.host, rootfsTree(rootfs)),
    runtime: findRuntime(runtime, CACHE),
    names,
    cache: CACHE,
  });
}

/** Nothing is expanded in what stands on a command line. */
function givenCommand({ argv }: Request): readonly Command[] {
  if (argv.length === 0) return [];
  return [{ file: argv[0]!, argv, expand: false, mayFail: false, privileges: "service" }];
}

/** systemd runs a service without a main command only to stop something later (src/core/service.c, service_verify). */
function refuseNothing({ commands, remainsAfterExit }: Lifecycle): void {
  if (commands.ExecStart.length > 0 || (remainsAfterExit && commands.ExecStop.length > 0)) return;
  throw new UserError("cannot run: found no command, expected one after -- or ExecStart= in the unit");
}
