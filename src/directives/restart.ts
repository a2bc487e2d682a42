import { type Directive, directive } from "../model/directive.ts";
import { choice } from "../values/choice.ts";
import { exitStatuses } from "../values/exitStatus.ts";
import { integer } from "../values/number.ts";
import { timeout } from "../values/timeout.ts";
import { Type } from "./serviceType.ts";

const ENGINE = "the engine restarts a container by its own policy";
const UNIT = "of the section [Unit]";

export const Restart = directive({
  name: "Restart",
  summary: "Whether the service is restarted when it has ended",
  value: choice(["no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"]),
  support: "full",
  effect: "neutral",
  engineNative: true,
  runOnly: ENGINE,
  *check(when, service) {
    if (service.get(Type) === "oneshot" && (when === "always" || when === "on-success")) {
      yield `cannot honour Restart=${when}: found Type=oneshot, expected no restart after a success`;
    }
  },
});

export const RestartSec = directive({
  name: "RestartSec",
  summary: "Time to wait before a restart, 100 ms by default",
  value: timeout,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartSteps = directive({
  name: "RestartSteps",
  summary: "The number of restarts after which the wait has grown from RestartSec= to RestartMaxDelaySec=",
  value: integer(0, 2 ** 32 - 1),
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartMaxDelaySec = directive({
  name: "RestartMaxDelaySec",
  summary: "The longest wait before a restart, with RestartSteps=",
  value: timeout,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartRandomizedDelaySec = directive({
  name: "RestartRandomizedDelaySec",
  summary: "Maximum of the random time added to the wait before a restart",
  since: 262,
  value: timeout,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartPreventExitStatus = directive({
  name: "RestartPreventExitStatus",
  summary: "Exit statuses and signals of the main process after which the service is not restarted",
  value: exitStatuses,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartForceExitStatus = directive({
  name: "RestartForceExitStatus",
  summary: "Exit statuses and signals of the main process after which the service is restarted, whatever Restart= says",
  value: exitStatuses,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const RestartMode: Directive<"normal" | "direct" | "debug"> = directive({
  name: "RestartMode",
  summary: "How the service is restarted",
  value: choice(["normal", "direct", "debug"]),
  support: "partial",
  effect: "neutral",
  runOnly: ENGINE,
  deviation: "direct has the effect of normal, as there are no other units; debug sets $DEBUG_INVOCATION alone",
});

export const StartLimitInterval = directive({
  name: "StartLimitInterval",
  summary: `Span in which StartLimitBurst= starts are allowed, 10 s by default; StartLimitIntervalSec= ${UNIT}`,
  value: timeout,
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});

export const StartLimitBurst = directive({
  name: "StartLimitBurst",
  summary: `How often the service is started within the span, 5 by default; StartLimitBurst= ${UNIT}`,
  value: integer(0, 2 ** 32 - 1),
  support: "full",
  effect: "neutral",
  runOnly: ENGINE,
});
