import type { Prepared, Start } from "../start/pipeline.ts";
import { printError } from "../sys/process/output.ts";
import { type Fence, fenceOf } from "./fence.ts";
import { type LaunchContext, makeLaunchContext } from "./launch.ts";
import { firstPrivileges, type Lifecycle } from "./lifecycle.ts";
import { notifySocketOf } from "./notify/notifySocket.ts";
import { add, type Ended, type Judged, type Outcome, type Result, SUCCESS } from "./outcome.ts";
import type { NamedDescriptor } from "./passing/handed.ts";
import type { StopRequest } from "./signals.ts";
import { startTimer, type Timer } from "./timer.ts";

/** One run of a service: its settings, and its state so far. */
export interface ServiceRun {
  readonly lifecycle: Lifecycle;
  /** Called for each main process. */
  onMain(pid: number): void;
  readonly context: LaunchContext;
  readonly stopRequest: StopRequest;
  /** Directories of all its cgroups; none for a user without root. */
  readonly cgroups: readonly string[];
  /** Finds its processes. */
  readonly fence: Fence;
  /** The socket for sd_notify(3); absent where NotifyAccess= is none. */
  readonly notifySocket: string | undefined;
  /** Fulfilled by READY=1. */
  readonly ready: PromiseWithResolvers<void>;
  /** Fulfilled when the kernel has killed a process for want of memory, unless OOMPolicy=continue. */
  readonly outOfMemory: PromiseWithResolvers<void>;
  /** Fulfilled when WATCHDOG=1 is overdue. */
  readonly watchdogExpired: PromiseWithResolvers<void>;
  /** The commands have $DEBUG_INVOCATION. */
  readonly isDebug: boolean;
  main: Process | undefined;
  /** The service runs, and its main process is not known (GuessMainPID=). */
  isMainUnknown: boolean;
  /** The command that runs beside the main one. */
  control: Process | undefined;
  outcome: Outcome;
  /** How the service is ended: by KillSignal=, unless a step took too long or the watchdog expired. */
  ending: "terminate" | "abort" | "kill";
  /** The time limit of the present step. */
  timer: Timer | undefined;
  watchdog: Timer | undefined;
}

/** Before anything has been started. */
export function startRun({ lifecycle, stopRequest, isDebug, onMain, ...inputs }: RunInputs): ServiceRun {
  const { start } = inputs;
  return {
    lifecycle,
    onMain,
    stopRequest,
    context: makeLaunchContext({ ...inputs, first: firstPrivileges(lifecycle) }),
    cgroups: start.expectation.cgroups ?? [],
    fence: fenceOf(start.expectation.cgroups ?? []),
    notifySocket: notifySocketOf(lifecycle, start.scope),
    ready: Promise.withResolvers(),
    outOfMemory: Promise.withResolvers(),
    watchdogExpired: Promise.withResolvers(),
    isDebug,
    main: undefined,
    isMainUnknown: false,
    control: undefined,
    outcome: SUCCESS,
    ending: "terminate",
    timer: undefined,
    watchdog: undefined,
  };
}

interface RunInputs {
  readonly lifecycle: Lifecycle;
  readonly start: Start;
  readonly prepared: Prepared;
  readonly cgroupParents: ReadonlyMap<string, string>;
  /** The tree has other mounts than when it was prepared. */
  readonly isStale: boolean;
  readonly stopRequest: StopRequest;
  readonly handed: readonly NamedDescriptor[];
  readonly withPassed: LaunchContext["withPassed"];
  readonly filters: LaunchContext["filters"];
  readonly isDebug: boolean;
  warn(text: string): void;
  onMain(pid: number): void;
}

/** A process that has not ended. */
export interface Process {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export function note(run: ServiceRun, judged: Judged): void {
  run.outcome = add(run.outcome, judged);
}

/** Records a failure that no exit code shows. */
export function fail(run: ServiceRun, result: Result, reason: string, code = 0): void {
  printError(`the service failed: ${reason} (${result})`);
  note(run, { result, code });
}

/** Runs `use` within a time limit, which the service can extend. */
export async function within<T>(
  run: ServiceRun,
  milliseconds: number,
  use: (late: Promise<void>) => Promise<T>,
): Promise<T> {
  const outer = run.timer;
  const timer = startTimer(milliseconds);
  run.timer = timer;
  try {
    return await use(timer.passed);
  } finally {
    timer.stop();
    run.timer = outer;
  }
}
