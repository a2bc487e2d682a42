import {
  ExecCondition,
  ExecReload,
  ExecReloadPost,
  ExecStart,
  ExecStartPost,
  ExecStartPre,
  ExecStop,
  ExecStopPost,
  PermissionsStartOnly,
} from "../directives/execCommands.ts";
import {
  FinalKillSignal,
  KillMode,
  KillSignal,
  OOMPolicy,
  ReloadSignal,
  SendSIGHUP,
  SendSIGKILL,
  WatchdogSignal,
} from "../directives/killing.ts";
import { ExitType, GuessMainPID, NotifyAccess, PIDFile, RemainAfterExit, Type } from "../directives/serviceType.ts";
import { SuccessExitStatus } from "../directives/successExitStatus.ts";
import {
  type FailureMode,
  RuntimeMaxSec,
  RuntimeRandomizedExtraSec,
  TimeoutAbortSec,
  TimeoutStartFailureMode,
  TimeoutStartSec,
  TimeoutStopFailureMode,
  TimeoutStopSec,
  WatchdogSec,
} from "../directives/timeouts.ts";
import type { Service } from "../model/directive.ts";
import type { Command, Privileges } from "../values/commandLine.ts";
import type { ExitStatuses } from "../values/exitStatus.ts";
import { signalNumber } from "../values/signal.ts";

/** Settings of how a service starts, runs and ends, with systemd's defaults (systemd.service(5), systemd.kill(5)). */
export interface Lifecycle {
  readonly type: "simple" | "forking" | "oneshot" | "notify" | "notify-reload";
  /** The main command is the one of the command line. */
  readonly isCommand: boolean;
  readonly oomPolicy: "continue" | "stop" | "kill";
  readonly exitType: "main" | "cgroup";
  readonly remainsAfterExit: boolean;
  readonly pidFile: string | undefined;
  readonly guessesMain: boolean;
  readonly notifyAccess: "none" | "main" | "exec" | "all";
  readonly commands: Readonly<Record<Step, readonly Command[]>>;
  readonly success: ExitStatuses;
  readonly timeouts: Timeouts;
  readonly whenStartIsLate: FailureMode;
  readonly whenStopIsLate: FailureMode;
  readonly killing: Killing;
}

export const STEPS = {
  ExecCondition,
  ExecStartPre,
  ExecStart,
  ExecStartPost,
  ExecReload,
  ExecReloadPost,
  ExecStop,
  ExecStopPost,
} as const;
export type Step = keyof typeof STEPS;

/** Milliseconds, Infinity for none. */
export interface Timeouts {
  readonly start: number;
  readonly stop: number;
  readonly abort: number;
  readonly runtime: number;
  readonly watchdog: number;
}

/** Signals by their numbers. */
export interface Killing {
  readonly mode: "control-group" | "mixed" | "process" | "none";
  readonly terminate: number;
  readonly abort: number;
  readonly kill: number;
  readonly reload: number;
  readonly killsAtLast: boolean;
  readonly hangsUp: boolean;
}

/** DefaultTimeoutStartSec= and DefaultTimeoutStopSec= (systemd-system.conf(5)). */
const DEFAULT_TIMEOUT_MS = 90_000;

/** @param given the command of the command line, which replaces ExecStart= */
export function lifecycleOf(service: Service, given: readonly Command[]): Lifecycle {
  const type = typeOf(service, given);
  const isFreed = (step: string) => step !== "ExecStart" && service.get(PermissionsStartOnly) === true;
  const timeouts = timeoutsOf(service, type);
  const commands = Object.entries(STEPS).map(([step, directive]) => [
    step,
    (service.get(directive) ?? []).map((command) => (isFreed(step) ? { ...command, privileges: "full" } : command)),
  ]);
  return {
    type,
    isCommand: given.length > 0,
    oomPolicy: service.get(OOMPolicy) ?? "stop",
    exitType: service.get(ExitType) ?? "main",
    remainsAfterExit: service.get(RemainAfterExit) ?? false,
    pidFile: service.get(PIDFile),
    guessesMain: service.get(GuessMainPID) ?? true,
    notifyAccess: notifyAccessOf(service, type, timeouts.watchdog),
    commands: { ...Object.fromEntries(commands), ...(given.length > 0 ? { ExecStart: given } : {}) },
    success: service.get(SuccessExitStatus) ?? { codes: [], signals: [] },
    timeouts,
    whenStartIsLate: service.get(TimeoutStartFailureMode) ?? "terminate",
    whenStopIsLate: service.get(TimeoutStopFailureMode) ?? "terminate",
    killing: killingOf(service),
  };
}

/** Whether a command runs outside the sandbox (`+`). */
export function hasPrivilegedCommand(lifecycle: Lifecycle): boolean {
  return allCommands(lifecycle).some(({ privileges }) => privileges === "full");
}

/** The privileges of the command that is started first. */
export function firstPrivileges(lifecycle: Lifecycle): Privileges {
  return allCommands(lifecycle)[0]?.privileges ?? "service";
}

/** In the order of their steps. */
function allCommands({ commands }: Lifecycle): readonly Command[] {
  return Object.values(commands).flat();
}

/** exec is simple: a started container has executed its program. So is idle: there are no other jobs. */
function typeOf(service: Service, given: readonly Command[]): Lifecycle["type"] {
  const type = service.get(Type) ?? (isOneshot(service, given) ? "oneshot" : "simple");
  return type === "exec" || type === "idle" || type === "dbus" ? "simple" : type;
}

/** Without a main command Type= defaults to oneshot (src/core/service.c, service_add_extras). */
function isOneshot(service: Service, given: readonly Command[]): boolean {
  return given.length === 0 && (service.get(ExecStart) ?? []).length === 0;
}

function timeoutsOf(service: Service, type: Lifecycle["type"]): Timeouts {
  const stop = service.get(TimeoutStopSec) ?? DEFAULT_TIMEOUT_MS;
  const extra = (service.get(RuntimeRandomizedExtraSec) ?? 0) * Math.random();
  return {
    start: service.get(TimeoutStartSec) ?? (type === "oneshot" ? Number.POSITIVE_INFINITY : DEFAULT_TIMEOUT_MS),
    stop,
    abort: service.get(TimeoutAbortSec) ?? stop,
    runtime: (service.get(RuntimeMaxSec) ?? Number.POSITIVE_INFINITY) + extra,
    watchdog: service.get(WatchdogSec) || Number.POSITIVE_INFINITY,
  };
}

/** A service that must notify may do so (src/core/service.c, service_add_extras). */
function notifyAccessOf(service: Service, type: string, watchdog: number): Lifecycle["notifyAccess"] {
  const access = service.get(NotifyAccess) ?? "none";
  const isNeeded = type.startsWith("notify") || watchdog !== Number.POSITIVE_INFINITY;
  return access === "none" && isNeeded ? "main" : access;
}

function killingOf(service: Service): Killing {
  return {
    mode: service.get(KillMode) ?? "control-group",
    terminate: service.get(KillSignal) ?? signalNumber("TERM"),
    abort: service.get(WatchdogSignal) ?? signalNumber("ABRT"),
    kill: service.get(FinalKillSignal) ?? signalNumber("KILL"),
    reload: service.get(ReloadSignal) ?? signalNumber("HUP"),
    killsAtLast: service.get(SendSIGKILL) ?? true,
    hangsUp: service.get(SendSIGHUP) ?? false,
  };
}
