import type { Variables } from "../values/environment.ts";
import type { Step } from "./lifecycle.ts";
import { resultVariables } from "./outcome.ts";
import type { ServiceRun } from "./serviceRun.ts";

const OF_THE_STOP: readonly Step[] = ["ExecStop", "ExecStopPost"];

/** Variables that describe the service to its commands (systemd.exec(5), "Environment Variables Set or Propagated"). */
export function variablesFor(run: ServiceRun, step: Step): Variables {
  const { main, lifecycle, notifySocket, outcome, isDebug } = run;
  const { notifyAccess, pidFile, timeouts } = lifecycle;
  const mayNotify = step === "ExecStart" ? notifyAccess !== "none" : ["exec", "all"].includes(notifyAccess);
  const hasWatchdog = step === "ExecStart" && Number.isFinite(timeouts.watchdog);
  return {
    ...(main === undefined ? {} : { MAINPID: String(main.pid) }),
    ...(pidFile === undefined ? {} : { PIDFILE: pidFile }),
    ...(mayNotify && notifySocket !== undefined ? { NOTIFY_SOCKET: notifySocket } : {}),
    ...(isDebug ? { DEBUG_INVOCATION: "1" } : {}),
    ...(hasWatchdog ? { WATCHDOG_USEC: String(timeouts.watchdog * 1000) } : {}),
    ...(OF_THE_STOP.includes(step) ? resultVariables(outcome) : {}),
  };
}
