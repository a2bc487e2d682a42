import {
  Restart,
  RestartForceExitStatus,
  RestartMaxDelaySec,
  RestartMode,
  RestartPreventExitStatus,
  RestartRandomizedDelaySec,
  RestartSec,
  RestartSteps,
  StartLimitBurst,
  StartLimitInterval,
} from "../../directives/restart.ts";
import type { Service } from "../../model/directive.ts";
import type { End } from "../../sys/process/process.ts";
import type { ExitStatuses } from "../../values/exitStatus.ts";
import type { Outcome, Result } from "../outcome.ts";

/** When a service is restarted, with systemd's defaults (systemd.service(5), systemd.unit(5)); times in milliseconds. */
export interface RestartPolicy {
  readonly when: When;
  readonly prevented: ExitStatuses;
  readonly forced: ExitStatuses;
  readonly delay: Delay;
  readonly limit: StartLimit;
  /** Restarts have $DEBUG_INVOCATION. */
  readonly isDebug: boolean;
}

type When = "no" | "always" | "on-success" | "on-failure" | "on-abnormal" | "on-abort" | "on-watchdog";

export interface Delay {
  readonly first: number;
  readonly longest: number;
  readonly steps: number;
  readonly random: number;
}

export interface StartLimit {
  readonly interval: number;
  readonly burst: number;
}

const NONE: ExitStatuses = { codes: [], signals: [] };

/** DefaultRestartSec=, DefaultStartLimitIntervalSec= and DefaultStartLimitBurst= (systemd-system.conf(5)). */
const DEFAULTS = { delay: 100, interval: 10_000, burst: 5 } as const;

export function restartPolicyOf(service: Service): RestartPolicy {
  return {
    when: service.get(Restart) ?? "no",
    prevented: service.get(RestartPreventExitStatus) ?? NONE,
    forced: service.get(RestartForceExitStatus) ?? NONE,
    delay: {
      first: service.get(RestartSec) ?? DEFAULTS.delay,
      longest: service.get(RestartMaxDelaySec) ?? Number.POSITIVE_INFINITY,
      steps: service.get(RestartSteps) ?? 0,
      random: service.get(RestartRandomizedDelaySec) ?? 0,
    },
    limit: {
      interval: service.get(StartLimitInterval) ?? DEFAULTS.interval,
      burst: service.get(StartLimitBurst) ?? DEFAULTS.burst,
    },
    isDebug: service.get(RestartMode) === "debug",
  };
}

/** Whether a service that has ended so is started again (src/core/service.c, service_shall_restart). */
export function shallRestart({ when, prevented, forced }: RestartPolicy, { result, mainEnd }: Outcome): boolean {
  if (isOneOf(mainEnd, prevented)) return false;
  return isOneOf(mainEnd, forced) || RESULTS[when](result);
}

function isOneOf(end: End | undefined, { codes, signals }: ExitStatuses): boolean {
  if (end === undefined) return false;
  return "code" in end ? codes.includes(end.code) : signals.includes(end.signal);
}

const RESULTS: Readonly<Record<When, (result: Result) => boolean>> = {
  no: () => false,
  always: (result) => result !== "exec-condition",
  "on-success": (result) => result === "success",
  "on-failure": (result) => !["success", "exec-condition"].includes(result),
  "on-abnormal": (result) => !["success", "exec-condition", "exit-code"].includes(result),
  "on-abort": (result) => result === "signal" || result === "core-dump",
  "on-watchdog": (result) => result === "watchdog",
};

/**
 * Milliseconds before restart number `count`, from 1 (src/core/service.c, service_restart_usec_next).
 * @param chance from 0 to 1
 */
export function delayBefore({ first, longest, steps, random }: Delay, count: number, chance: number): number {
  const isConstant =
    count <= 1 || steps === 0 || first === 0 || longest === Number.POSITIVE_INFINITY || first >= longest;
  const grown = count > steps ? longest : first * (longest / first) ** ((count - 1) / steps);
  return (isConstant ? first : grown) + random * chance;
}

/** Counts starts (src/basic/ratelimit.c): the span begins with a start, and the next one begins after its end. */
export interface StartCounter {
  /** Whether a start at this time, in milliseconds, is within the limit; it is counted then. */
  allows(time: number): boolean;
}

export function countStarts({ interval, burst }: StartLimit): StartCounter {
  let begin: number | undefined;
  let count = 0;
  return {
    allows: (time) => {
      if (interval === 0 || burst === 0) return true;
      if (begin === undefined || time - begin > interval) [begin, count] = [time, 0];
      return ++count <= burst;
    },
  };
}
