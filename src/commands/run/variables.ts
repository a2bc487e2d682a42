import type { Variables } from "../../values/environment.ts";
import type { Life } from "./life.ts";
import type { Step } from "./lifecycle.ts";
import { resultVariables } from "./verdict.ts";

const OF_THE_STOP: readonly Step[] = ["ExecStop", "ExecStopPost"];

/** What a command is told of its service (systemd.exec(5), "Environment Variables Set or Propagated"). */
export function variablesFor(life: Life, step: Step): Variables {
  const { main, lifecycle, notifySocket, verdict } = life;
  const { notifyAccess, pidFile, timeouts } = lifecycle;
  const mayNotify = step === "ExecStart" ? notifyAccess !== "none" : ["exec", "all"].includes(notifyAccess);
  const hasWatchdog = step === "ExecStart" && Number.isFinite(timeouts.watchdog);
  return {
    ...(main === undefined ? {} : { MAINPID: String(main.pid) }),
    ...(pidFile === undefined ? {} : { PIDFILE: pidFile }),
    ...(mayNotify && notifySocket !== undefined ? { NOTIFY_SOCKET: notifySocket } : {}),
    ...(hasWatchdog ? { WATCHDOG_USEC: String(timeouts.watchdog * 1000) } : {}),
    ...(OF_THE_STOP.includes(step) ? resultVariables(verdict) : {}),
  };
}
