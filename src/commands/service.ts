import { ExecStart } from "../directives/execStart.ts";
import { allOf, quote, UserError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import { apiMounts, makeBaseSpec } from "../host/baseSpec.ts";
import { cgroupsOf } from "../host/cgroups.ts";
import { directoryRootfs, gatherFacts, hostRootfs } from "../host/facts.ts";
import { performReleases } from "../host/release.ts";
import { findRuntime } from "../host/runtime.ts";
import { rootfsTree } from "../host/tree.ts";
import { WORLD } from "../host/world.ts";
import { openRegistry, type Registry } from "../identity/registry.ts";
import type { Scope } from "../plan.ts";
import type { ReadService } from "../sources/read.ts";
import { statusOf } from "../sys/files.ts";
import { complain } from "../sys/output.ts";
import { callerEnvironment, randomHex } from "../sys/process.ts";
import type { Command } from "../values/commandLine.ts";
import { readSettings, type Start } from "./pipeline.ts";
import type { Request } from "./request.ts";

/** What will run and in which order. */
export type RunCommand = Pick<Command, "argv" | "expand" | "mayFail">;

/** A service of `dynuser run`: what is to be prepared, and the commands for it. */
export interface HostService {
  readonly start: Start;
  readonly commands: readonly RunCommand[];
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
  const facts = gather(request, registry);
  const cgroupsPath = `/dynuser-${scope.containerId}`;
  const openFiles = facts.hardLimit("RLIMIT_NOFILE");
  const start = {
    service,
    facts,
    scope,
    spec: makeBaseSpec({
      rootfs: WORLD.rootfs,
      mounts: request.rootfs === undefined ? [] : apiMounts(WORLD.host),
      cgroupsPath,
      terminal: terminal === "own terminal",
      openFiles,
    }),
    pid: process.pid,
    expectation: { cgroups: cgroupsOf(cgroupsPath) },
  };
  const commands = commandsOf(request, service.get(ExecStart) ?? []);
  return { start, commands, warnings: [...request.warnings, ...warnings] };
}

function readAll({ settings, problems }: Request, unit: string): ReadService {
  const attempts = problems.map((problem) => (): never => {
    throw new UserError(problem);
  });
  return allOf([...attempts, () => readSettings(settings, unit)])[0]!;
}

export function openHostRegistry(): Registry {
  return openRegistry({ perform: performReleases, warn: complain });
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

function gather({ rootfs, runtime }: Request, { names }: Registry): Facts {
  if (rootfs !== undefined && !statusOf(rootfs)?.isDirectory()) {
    throw new UserError(
      `cannot use ${quote(rootfs)}: found no directory there, expected a root file system (--rootfs)`,
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

function commandsOf({ argv }: Request, configured: readonly Command[]): readonly RunCommand[] {
  if (argv.length > 0) return [{ argv, expand: false, mayFail: false }];
  const special = configured.find(({ privileges, viaShell }) => privileges !== "service" || viaShell);
  if (special !== undefined) {
    throw new UserError(
      `cannot honour ExecStart=: found a prefix + ! !! or | before ${quote(special.file)}, which keeps rights that the service has not`,
    );
  }
  if (configured.length > 0) return configured;
  throw new UserError("cannot run: found no command, expected one after -- or ExecStart= in the unit");
}
