import { type Directive, directive } from "../model/directive.ts";
import { choice } from "../values/choice.ts";
import { timeout, timeoutOrNever } from "../values/timeout.ts";

const ENGINE = "the engine sets the timeouts of a container";

export const TimeoutSec = directive({
  name: "TimeoutSec",
  summary: "Sets both TimeoutStartSec= and TimeoutStopSec=",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  engineNative: true,
  runOnly: ENGINE,
  expandsTo: ["TimeoutStartSec", "TimeoutStopSec"],
});

export const TimeoutStartSec = directive({
  name: "TimeoutStartSec",
  summary: "Time limit for each start command, 90 s by default, infinity with Type=oneshot",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const TimeoutStopSec = directive({
  name: "TimeoutStopSec",
  summary: "Time limit for each stop command and for the processes to exit, 90 s by default",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  engineNative: true,
  runOnly: ENGINE,
});

export const TimeoutAbortSec = directive({
  name: "TimeoutAbortSec",
  summary: "Time limit for an aborted service to exit, TimeoutStopSec= by default",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const TimeoutStartFailureMode = failureMode("TimeoutStartFailureMode", "start");
export const TimeoutStopFailureMode = failureMode("TimeoutStopFailureMode", "stop");

export const RuntimeMaxSec = directive({
  name: "RuntimeMaxSec",
  summary: "Maximum time for the service to run",
  value: timeout,
  support: "full",
  effect: "neutral",
  engineNative: true,
  runOnly: ENGINE,
});

export const RuntimeRandomizedExtraSec = directive({
  name: "RuntimeRandomizedExtraSec",
  summary: "Maximum of the random time added to RuntimeMaxSec=",
  value: timeout,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const WatchdogSec = directive({
  name: "WatchdogSec",
  summary: "Aborts the service if it does not send WATCHDOG=1 within this time; also sets $WATCHDOG_USEC",
  value: timeout,
  support: "partial",
  effect: "neutral",
  runOnly: "containers have no watchdog: use a health check of the engine",
  deviation: "$WATCHDOG_PID is not set, so child processes do not ignore $WATCHDOG_USEC",
});

export type FailureMode = "terminate" | "abort" | "kill";

function failureMode(name: string, step: string): Directive<FailureMode> {
  return directive({
    name,
    summary: `Action when the ${step} times out: send KillSignal=, WatchdogSignal= or SIGKILL`,
    value: choice(["terminate", "abort", "kill"]),
    support: "full",
    effect: "neutral",
    runOnly: ENGINE,
  });
}
