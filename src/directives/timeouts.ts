import { type Directive, directive } from "../directive.ts";
import { choice } from "../values/choice.ts";
import { timeout, timeoutOrNever } from "../values/timeout.ts";

const ENGINE = "the engine decides how long it waits";

export const TimeoutSec = directive({
  name: "TimeoutSec",
  summary: "TimeoutStartSec= and TimeoutStopSec= in one",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
  standsFor: ["TimeoutStartSec", "TimeoutStopSec"],
});

export const TimeoutStartSec = directive({
  name: "TimeoutStartSec",
  summary: "How long each step of the start may take; 90 s by default, for ever with Type=oneshot",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const TimeoutStopSec = directive({
  name: "TimeoutStopSec",
  summary: "How long each step of the stop may take; 90 s by default",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const TimeoutAbortSec = directive({
  name: "TimeoutAbortSec",
  summary: "How long a service that is aborted may take to end; TimeoutStopSec= by default",
  value: timeoutOrNever,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const TimeoutStartFailureMode = failureMode("TimeoutStartFailureMode", "start");
export const TimeoutStopFailureMode = failureMode("TimeoutStopFailureMode", "stop");

export const RuntimeMaxSec = directive({
  name: "RuntimeMaxSec",
  summary: "How long the service may run once it has started",
  value: timeout,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const RuntimeRandomizedExtraSec = directive({
  name: "RuntimeRandomizedExtraSec",
  summary: "Up to this much is added to RuntimeMaxSec=, by chance",
  value: timeout,
  support: "full",
  effect: "neutral",
  onlyRun: ENGINE,
});

export const WatchdogSec = directive({
  name: "WatchdogSec",
  summary: "The service is aborted when it has not said WATCHDOG=1 for so long; also $WATCHDOG_USEC",
  value: timeout,
  support: "partial",
  effect: "neutral",
  onlyRun: "there is nobody whom a container could tell that it is alive",
  deviation: "$WATCHDOG_PID is not set, so that child processes take the variable for theirs",
});

export type FailureMode = "terminate" | "abort" | "kill";

function failureMode(name: string, step: string): Directive<FailureMode> {
  return directive({
    name,
    summary: `How a service ends whose ${step} takes too long: by KillSignal=, WatchdogSignal= or SIGKILL`,
    value: choice(["terminate", "abort", "kill"]),
    support: "full",
    effect: "neutral",
    onlyRun: ENGINE,
  });
}
