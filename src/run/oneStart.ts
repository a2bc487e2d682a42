import { OpenFile } from "../directives/openFile.ts";
import { recordExpectation } from "../identity/expectation.ts";
import { identifyProcess } from "../identity/process.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import type { Caller } from "../start/caller.ts";
import { undoAll } from "../start/host/perform.ts";
import { type Prepared, prepare } from "../start/pipeline.ts";
import { recordDirectories, serviceNameOf } from "../start/recordDirectories.ts";
import { makeMountRoom } from "./host/mountRoom.ts";
import { packetRulesFor } from "./host/packetRules.ts";
import { findUplink, openUplinks } from "./host/uplink.ts";
import { firstPrivileges } from "./lifecycle.ts";
import { handedDescriptors, type NamedDescriptor } from "./passing/handed.ts";
import type { Passed } from "./passing/passing.ts";
import { selectEdits } from "./privileges.ts";
import type { Report } from "./report.ts";
import type { Finished } from "./restart/restart.ts";
import { runService } from "./runService.ts";
import type { HostService } from "./service.ts";
import { type ServiceRun, startRun } from "./serviceRun.ts";
import type { StopRequest } from "./signals.ts";

/** What all starts of one run have in common. */
interface Running {
  readonly service: HostService;
  readonly caller: Caller;
  readonly registry: Registry;
  readonly stopRequest: StopRequest;
  /** Absent where no option asks for one. */
  readonly report: Report | undefined;
  /** The commands have $DEBUG_INVOCATION. */
  readonly isDebug: boolean;
  warn(text: string): void;
}

/** Claims the user, runs the service from its first command to its last, and releases the user. */
export async function runOnce(running: Running): Promise<Finished> {
  const { service, caller, registry, report } = running;
  const { start, lifecycle } = service;
  const prepared = prepare(start, registry, selectEdits(firstPrivileges(lifecycle)));
  try {
    // A run as root makes what it needs.
    const isStale = caller.kind === "user" && makeMountRoom(prepared.spec);
    recordDirectories(userOf(service), prepared, caller.index);
    report?.begin(prepared.identity);
    return await runPrepared(running, { ...prepared, isStale });
  } finally {
    release(start.scope.containerId, registry);
  }
}

function userOf({ start: { scope } }: HostService) {
  return {
    engine: "dynuser",
    container: scope.containerId,
    key: scope.containerId,
    service: serviceNameOf(scope),
  };
}

interface PreparedRun extends Prepared {
  /** The tree has other mounts than when it was prepared. */
  readonly isStale: boolean;
}

async function runPrepared(
  { service, registry, stopRequest, report, isDebug, warn }: Running,
  prepared: PreparedRun,
): Promise<Finished> {
  const onMain = (pid: number) => {
    if (service.cgroups.parents.size === 0) noteMainProcess(service, pid, registry);
    report?.started(pid);
  };
  const handed = handedDescriptors(service.start.scope.environment);
  const filters = await openFilters(prepared, service, warn);
  const serviceRun = startRun({
    lifecycle: service.lifecycle,
    start: service.start,
    prepared,
    isStale: prepared.isStale,
    cgroupParents: service.cgroups.parents,
    stopRequest,
    handed,
    withPassed: await passingOf(handed, service),
    filters,
    isDebug,
    warn,
    onMain,
  });
  // Signals keep no event loop alive, and they are all that a service without processes waits for (RemainAfterExit=).
  const alive = setInterval(() => {}, 2 ** 30);
  const listener = await listenFor(serviceRun);
  try {
    const code = await runService(serviceRun);
    report?.ended(code, serviceRun.outcome, serviceRun.cgroups, filters?.read() ?? {});
    return { code, outcome: serviceRun.outcome };
  } finally {
    clearInterval(alive);
    listener?.stop();
    stopRequest.hold();
    serviceRun.context.shared.close();
    serviceRun.fence.end(registry);
    filters?.close();
    if (!serviceRun.context.hasStarted()) undoAll(prepared.undos);
  }
}

function noteMainProcess({ start }: HostService, pid: number, registry: Registry): void {
  const main = identifyProcess(pid);
  if (main !== undefined) recordExpectation(start.scope.containerId, { main }, registry);
}

/** Loaded only for a service that filters its network, or has an uplink. */
async function openFilters({ plan }: Prepared, { network }: HostService, warn: (text: string) => void) {
  const filtering = plan.edits.filter(({ item }) => item.kind === "networkRule").map(({ owner }) => owner);
  if (network.mode !== "private" && filtering.length === 0) return undefined;
  const { openNetworkFilters } = await import("./host/networkFilters.ts");
  if (network.mode !== "private") return openNetworkFilters(undefined, warn);
  const isLimitedByRules = network.allowed !== undefined && !filtering.includes("--allow-net");
  const rules = isLimitedByRules ? packetRulesFor(network.allowed.ranges) : undefined;
  return openNetworkFilters({ uplinks: openUplinks(findUplink(), rules?.apply), rules }, warn);
}

/** Loaded only for a service that gets descriptors. */
async function passingOf(handed: readonly NamedDescriptor[], { start }: HostService) {
  const files = start.service.get(OpenFile) ?? [];
  if (handed.length === 0 && files.length === 0) return undefined;
  const { withPassed } = await import("./passing/passing.ts");
  return <T>(isTaken: boolean, use: (passed: Passed) => T): T => withPassed(isTaken ? [] : handed, files, use);
}

/** Loaded only for a service that may notify. */
async function listenFor(run: ServiceRun): Promise<{ stop(): void } | undefined> {
  if (run.notifySocket === undefined) return undefined;
  const { listen } = await import("./notify/notify.ts");
  return listen(run, run.notifySocket);
}
