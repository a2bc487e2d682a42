import type { Options } from "../console/options.ts";
import { MemoryTHP } from "../directives/memoryThp.ts";
import { Slice } from "../directives/slice.ts";
import { TasksMax } from "../directives/tasksMax.ts";
import { UserError } from "../errors.ts";
import { prewarmCgroups } from "../host/cgroups.ts";
import { thisCaller } from "../start/caller.ts";
import { becomeNamespaceRoot, explainRefusal, refuseForeignRoot } from "../start/unprivileged.ts";
import { printError } from "../sys/process/output.ts";
import { callerEnvironment, dieWithParent, sendSignal } from "../sys/process/process.ts";
import { signalNumber } from "../values/signal.ts";
import { findPlace, type PlaceRequest } from "./cgroups/place.ts";
import { coverWorkspaces } from "./host/discarded.ts";
import { setHugePages } from "./host/hugePages.ts";
import { cloneHostRoot, enterPrivateMounts } from "./host/privateMounts.ts";
import { hasPrivilegedCommand } from "./lifecycle.ts";
import { runOnce } from "./oneStart.ts";
import { handedDescriptors } from "./passing/handed.ts";
import type { Report } from "./report.ts";
import { readRequest, wantsTerminal } from "./request/request.ts";
import { removeKeptForRestarts } from "./restart/keptDirectories.ts";
import { restartPolicyOf } from "./restart/policy.ts";
import { runWithRestarts } from "./restart/restart.ts";
import { checkUnit, describeService, openCallersRegistry, type Requested, readRequested } from "./service.ts";
import { forwardSignals, type StopRequest } from "./signals.ts";

/** Runs the service to its end; returns its exit code, 128 + n for a signal. */
export async function run(options: Options): Promise<number> {
  const report = await reportFor(options);
  try {
    return await runReported(options, report);
  } catch (error) {
    report?.failed(error);
    throw error;
  }
}

/** For a command line that cannot be read, where --result is in the part that can. */
export async function reportRefusal(options: Options, error: unknown): Promise<void> {
  (await reportFor(options))?.failed(error);
}

async function runReported(options: Options, report: Report | undefined): Promise<number> {
  becomeNamespaceRoot("run", descriptorsOf(options));
  report?.open();
  const caller = thisCaller();
  refuseForeignRoot("run", caller);
  if (caller.kind === "root") prewarmCgroups();
  const request = await readRequest(options);
  const warn = options.has("quiet") ? () => {} : printError;
  const { verdict, unmet, unchecked } = checkUnit(request);
  for (const line of unchecked) warn(line);
  if (verdict === "fail") throw new UserError(`cannot start: the assertion ${unmet} is not met`);
  if (verdict === "skip") return skip(unmet!, report);
  if (options.has("die-with-parent")) dieWithParent();
  const registry = await openCallersRegistry(caller);
  const requested = readRequested(request, caller);
  const cgroups = await findPlace(placeRequest(requested, warn), caller.kind);
  const terminal = wantsTerminal(options) ? "own terminal" : "no terminal";
  const service = describeService(requested, terminal, registry, cgroups, caller);
  for (const warning of service.warnings) warn(warning);
  // A command gets SIGINT as if it ran in place of dynuser; the service of a unit is stopped by it.
  const stopRequest = forwardSignals(request.argv.length > 0 ? [] : ["SIGINT"]);
  explainRefusal("run", () => enterPrivateMounts(service.tree));
  if (request.workspaces.isDiscarded) coverWorkspaces(request.workspaces.paths);
  if (hasPrivilegedCommand(service.lifecycle)) cloneHostRoot();
  const unsupported = setHugePages(service.start.service.get(MemoryTHP));
  if (unsupported !== undefined) warn(unsupported);
  const policy = restartPolicyOf(service.start.service);
  const isMetAgain = () => checkUnit(request).verdict === undefined;
  const code = await runWithRestarts({
    policy,
    stopRequest,
    warn,
    runOnce: async (count) => {
      if (count > 0 && !isMetAgain()) return undefined;
      const isDebug = policy.isDebug && count > 0;
      return runOnce({ service, caller, registry, stopRequest, report, isDebug, warn });
    },
  });
  removeKeptForRestarts(service.start);
  return endLike(code, stopRequest);
}

/** What the command line and socket activation name, in addition to the standard streams. */
function descriptorsOf(options: Options): readonly number[] {
  const handed = handedDescriptors(callerEnvironment()).map(({ descriptor }) => descriptor);
  return [...handed, ...options.all("status-fd").map(Number).filter(Number.isInteger)];
}

/** A service that was stopped by a signal ends dynuser by that signal, which systemd takes for a clean end. */
async function endLike(code: number, { stopSignal, restore }: StopRequest): Promise<number> {
  const signal = stopSignal();
  if (signal === undefined || code !== 128 + signalNumber(signal)) return code;
  restore();
  sendSignal(process.pid, signal);
  return code;
}

function placeRequest({ scope, service }: Requested, warn: (text: string) => void): PlaceRequest {
  const [slice, tasks] = [service.get(Slice), service.get(TasksMax)];
  return { id: scope.containerId, slice, hasTaskLimit: tasks !== undefined, warn };
}

/** As systemd, which takes a start that was skipped for a success. */
function skip(unmet: string, report: Report | undefined): number {
  const reason = `not started: the condition ${unmet} is not met`;
  printError(reason);
  report?.skipped(reason);
  return 0;
}

/** Loaded only where an option asks for it. */
async function reportFor(options: Options): Promise<Report | undefined> {
  if (!options.has("result") && !options.has("status-fd")) return undefined;
  const { reportOf } = await import("./report.ts");
  return reportOf(options);
}
