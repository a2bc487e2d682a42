import { type Directive, directive } from "../directive.ts";
import type { Change } from "../edit.ts";
import type { Context } from "../plan.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { type DirectoryItem, directoryList } from "../values/directoryList.ts";
import { mode } from "../values/mode.ts";
import { DynamicUser } from "./dynamicUser.ts";
import { planDirectories } from "./execDirectoryPlan.ts";

const OWNERSHIP =
  "a dynamic user's directory that belongs to an older UID is given to nobody once, where systemd changes it at each start; with a runtime that maps no IDs the files on disk are the user's; devices in it do not work";

/** One of the five places where systemd keeps directories of services. */
export interface DirectoryKind {
  readonly name: string;
  readonly base: string;
  readonly variable: string;
  readonly mode: Directive<number>;
  /** Of a dynamic user: below `private/`, where nobody else gets in. */
  isPrivate(context: Context): boolean;
  /** An existing one keeps owner and mode. */
  readonly keepsExisting: boolean;
  /** Whether it goes with the service. */
  isRemoved(context: Context): boolean;
}

export const RuntimeDirectoryPreserve = directive({
  name: "RuntimeDirectoryPreserve",
  summary: "Keeps the runtime directories when the service ends",
  value: choiceOrBoolean(["no", "yes", "restart"], "yes"),
  support: "partial",
  effect: "neutral",
  deviation:
    "restart is the same as yes: nobody tells a container whether it will be started again; /run goes at reboot",
});

export const RuntimeDirectoryMode = modeOf("RuntimeDirectory");
export const StateDirectoryMode = modeOf("StateDirectory");
export const CacheDirectoryMode = modeOf("CacheDirectory");
export const LogsDirectoryMode = modeOf("LogsDirectory");
export const ConfigurationDirectoryMode = modeOf("ConfigurationDirectory");

export const RuntimeDirectory = directoryOf({
  name: "RuntimeDirectory",
  base: "/run",
  variable: "RUNTIME_DIRECTORY",
  mode: RuntimeDirectoryMode,
  isPrivate: (context) => isDynamic(context) && isPreserved(context),
  keepsExisting: false,
  isRemoved: (context) => !isPreserved(context),
});

export const StateDirectory = directoryOf({
  name: "StateDirectory",
  base: "/var/lib",
  variable: "STATE_DIRECTORY",
  mode: StateDirectoryMode,
  isPrivate: isDynamic,
  keepsExisting: false,
  isRemoved: never,
});

export const CacheDirectory = directoryOf({
  name: "CacheDirectory",
  base: "/var/cache",
  variable: "CACHE_DIRECTORY",
  mode: CacheDirectoryMode,
  isPrivate: isDynamic,
  keepsExisting: false,
  isRemoved: never,
});

export const LogsDirectory = directoryOf({
  name: "LogsDirectory",
  base: "/var/log",
  variable: "LOGS_DIRECTORY",
  mode: LogsDirectoryMode,
  isPrivate: isDynamic,
  keepsExisting: false,
  isRemoved: never,
});

export const ConfigurationDirectory = directoryOf({
  name: "ConfigurationDirectory",
  base: "/etc",
  variable: "CONFIGURATION_DIRECTORY",
  mode: ConfigurationDirectoryMode,
  isPrivate: never,
  keepsExisting: true,
  isRemoved: never,
});

function directoryOf(kind: DirectoryKind): Directive<readonly DirectoryItem[]> {
  return directive({
    name: kind.name,
    summary: `Gives the service directories below ${kind.base}`,
    value: directoryList({ links: kind.keepsExisting ? "no" : "yes" }),
    // What is in /etc is there for the host's own programs.
    effect: kind.keepsExisting ? "gives" : "directory",
    support: "partial",
    deviation: kind.keepsExisting ? "devices in it do not work" : OWNERSHIP,
    unconditional: true,
    plan: (items, context): Iterable<Change> => planDirectories(kind, items, context),
  });
}

function modeOf(name: string): Directive<number> {
  return directive({
    name: `${name}Mode`,
    summary: `Permissions of the directories of ${name}=, 0755 if absent`,
    value: mode,
    support: "full",
    effect: "neutral",
  });
}

function isDynamic({ service }: Context): boolean {
  return service.get(DynamicUser) ?? false;
}

function isPreserved({ service }: Context): boolean {
  return (service.get(RuntimeDirectoryPreserve) ?? "no") !== "no";
}

function never(): boolean {
  return false;
}
