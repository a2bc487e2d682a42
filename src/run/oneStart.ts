import { OpenFile } from "../directives/openFile.ts";
import { recordExpectation } from "../identity/expectation.ts";
import { identifyProcess } from "../identity/process.ts";
import type { Registry } from "../identity/registry.ts";
import { release } from "../identity/release.ts";
import type { Caller } from "../start/caller.ts";
import { undoAll } from "../start/host/perform.ts";
import { type Prepared, prepare } from "../start/pipeline.ts";
import { recordDirectories, serviceNameOf } from "../start/recordDirectories.ts";
import { withContext } from "../sys/failure.ts";
import { setUmask } from "../sys/process/umask.ts";
import { makeMountRoom } from "./host/mountRoom.ts";
import { packetRulesFor } from "./host/packetRules.ts";
import { findUplink, openUplinks } from "./host/uplink.ts";
import { readOomKills } from "./host/usage.ts";
import { firstPrivileges } from "./lifecycle.ts";
import { type Verdict, verdictOf } from "./outcome.ts";
import { handedDescriptors, type NamedDescriptor } from "./passing/handed.ts";
import type { Passed } from "./passing/passing.ts";
import { selectEdits } from "./privileges.ts";
import type { Finished } from "./restart/restart.ts";
import type { ResultFile } from "./resultFile.ts";
import { runService } from "./runService.ts";
import type { HostService } from "./service.ts";
import { type ServiceRun, startRun } from "./serviceRun.ts";
import type { StopRequest } from "./signals.ts";
import type { StatusPipe } from "./statusPipe.ts";

/** What all starts of one run have in common. */
interface Running {
  readonly service: HostService;
  readonly caller: Caller;
  readonly registry: Registry;
  readonly stopRequest: StopRequest;
  readonly result: ResultPlace;
  readonly status: StatusPipe | undefined;
  /** The commands have $DEBUG_INVOCATION. */
  readonly isDebug: boolean;
  warn(text: string): void;
}

interface ResultPlace {
  /** Of --result. */
  readonly path: string | undefined;
  /** The caller's umask. */
  readonly umask: number;
}

/** Claims the user, runs the service from its first command to its last, and releases the user. */
export async function runOnce(running: Running): Promise<Finished> {
  const { service, caller, registry, result } = running;
  const { start, lifecycle } = service;
  const prepared = prepare(start, registry, selectEdits(firstPrivileges(lifecycle)));
  try {
    // A run as root makes what it needs.
    const isStale = caller.kind === "user" && makeMountRoom(prepared.spec);
    recordDirectories(userOf(service), prepared, caller.index);
    return await runPrepared(running, { ...prepared, isStale }, await openResultFile(result, prepared));
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

/** Loaded only where there is a result file. */
async function openResultFile({ path, umask: callers }: ResultPlace, { identity }: Prepared) {
  if (path === undefined) return undefined;
  const { openResult } = await import("./resultFile.ts");
  const umask = setUmask(callers);
  try {
    return withContext(`write --result ${path}`, () => openResult(path, identity));
  } finally {
    setUmask(umask);
  }
}

interface PreparedRun extends Prepared {
  /** The tree has other mounts than when it was prepared. */
  readonly isStale: boolean;
}

async function runPrepared(
  { service, registry, stopRequest, status, isDebug, warn }: Running,
  prepared: PreparedRun,
  resultFile: ResultFile | undefined,
): Promise<Finished> {
  const { name: user = "root", uid = 0 } = prepared.identity ?? {};
  const onMain = (pid: number) => {
    if (service.cgroups.parents.size === 0) noteMainProcess(service, pid, registry);
    status?.write({ event: "started", pid, uid, user });
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
    status?.write({
      event: "ended",
      exitCode: code,
      result: serviceRun.outcome.result,
      verdict: verdictFor(serviceRun),
    });
    resultFile?.write(code, serviceRun.outcome, serviceRun.cgroups, filters?.read() ?? {});
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

function verdictFor({ outcome, cgroups }: ServiceRun): Verdict {
  return verdictOf(outcome, readOomKills(cgroups) ?? 0);
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
