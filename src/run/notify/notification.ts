import { readUnsigned } from "../../values/number.ts";
import type { Lifecycle } from "../lifecycle.ts";

/** A message of sd_notify(3); times in microseconds. */
export interface Notification {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly reloading: boolean;
  readonly status?: string;
  readonly mainPid?: number;
  readonly extendMicroseconds?: number;
  readonly watchdog?: "alive" | "failed";
  readonly watchdogMicroseconds?: number;
}

export function parseNotification(text: string): Notification {
  const fields = new Map(text.split("\n").map((line) => splitAt(line)));
  const watchdog = WATCHDOG[fields.get("WATCHDOG") as keyof typeof WATCHDOG];
  return {
    ready: fields.get("READY") === "1",
    stopping: fields.get("STOPPING") === "1",
    reloading: fields.get("RELOADING") === "1",
    ...optional("status", fields.get("STATUS")),
    ...optional("mainPid", number(fields.get("MAINPID"))),
    ...optional("extendMicroseconds", number(fields.get("EXTEND_TIMEOUT_USEC"))),
    ...optional("watchdog", watchdog),
    ...optional("watchdogMicroseconds", number(fields.get("WATCHDOG_USEC"))),
  };
}

const WATCHDOG = { "1": "alive", trigger: "failed" } as const;

/** The present processes of a service. */
export interface Known {
  readonly main: number | undefined;
  readonly control: number | undefined;
  /** The processes in all its cgroups. */
  all(): readonly number[];
}

/** Whether a message of this process is accepted (NotifyAccess= in systemd.service(5)). */
export function mayNotify(pid: number, access: Lifecycle["notifyAccess"], known: Known): boolean {
  switch (access) {
    case "none":
      return false;
    case "main":
      return pid === known.main;
    case "exec":
      return pid === known.main || pid === known.control;
    case "all":
      return pid === known.main || pid === known.control || known.all().includes(pid);
  }
}

function splitAt(line: string): readonly [string, string] {
  const equals = line.indexOf("=");
  return equals < 0 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)];
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : readUnsigned(text);
  return value === undefined ? undefined : Number(value);
}

function optional<K extends string, T>(name: K, value: T | undefined): { readonly [N in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in K]: T });
}
