import { KillSignal } from "../directives/killing.ts";
import { Type } from "../directives/serviceType.ts";
import { RuntimeMaxSec, TimeoutStopSec } from "../directives/timeouts.ts";
import type { Setting } from "../settings/setting.ts";
import type { Translation, Unit } from "./translation.ts";

/** systemd's DefaultTimeoutStopSec=. */
const STOP_SECONDS = 90;

type Timing = Pick<Translation, "restart" | "isNotifying" | "isOneshot" | "stopSignal" | "stopSeconds" | "runSeconds">;

/** When the container starts again, and how it is stopped. */
export function timingOf({ service, settings }: Unit): Timing {
  const stopSignal = service.get(KillSignal);
  const runSeconds = secondsIn(service.get(RuntimeMaxSec));
  return {
    restart: restartOf(settings),
    isNotifying: typeOf(settings)?.startsWith("notify") === true,
    isOneshot: typeOf(settings) === "oneshot",
    ...(stopSignal !== undefined && { stopSignal }),
    stopSeconds: secondsIn(service.get(TimeoutStopSec)) ?? STOP_SECONDS,
    ...(runSeconds !== undefined && Number.isFinite(runSeconds) && { runSeconds }),
  };
}

/** What a container cannot be that a service can; one line each. */
export function typeProblems(settings: readonly Setting[]): readonly string[] {
  switch (typeOf(settings)) {
    case "forking":
      return [
        "Type=forking: a container ends with its first process, so the program has to stay in the foreground: give it the option for that in ExecStart=",
      ];
    case "dbus":
      return ["Type=dbus: a container has no connection to the host's D-Bus unless its socket /run/dbus is mounted"];
    default:
      return [];
  }
}

/** Type=dbus is refused where a service runs; here it is reported. */
export function withoutBusType(settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({ name, value }) => name !== Type.name || value !== "dbus");
}

function typeOf(settings: readonly Setting[]): string | undefined {
  return settings.findLast(({ name }) => name === Type.name)?.value;
}

function restartOf(settings: readonly Setting[]): Translation["restart"] {
  const value = settings.findLast(({ name }) => name === "Restart")?.value || "no";
  return value === "no" || value === "always" ? value : "on-failure";
}

function secondsIn(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
