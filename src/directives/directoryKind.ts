import { type Context, type Directive, directive, type Scope } from "../model/directive.ts";
import { choiceOrBoolean } from "../values/choice.ts";
import { DIRECTORY_KINDS, type DirectoryKind } from "../values/directoryKinds.ts";
import { mode } from "../values/mode.ts";
import { isDynamic } from "./dynamicUser.ts";

export const RuntimeDirectoryPreserve = directive({
  name: "RuntimeDirectoryPreserve",
  summary: "Whether the runtime directories are kept when the service stops",
  value: choiceOrBoolean(["no", "yes", "restart"], "yes"),
  support: "partial",
  effect: "neutral",
  allowedFrom: "tenant",
  deviation:
    "in a container restart has the effect of yes, as it does not learn whether it will be restarted; /run is emptied at reboot",
});

export const RuntimeDirectoryMode = modeRow(DIRECTORY_KINDS.runtime);
export const StateDirectoryMode = modeRow(DIRECTORY_KINDS.state);
export const CacheDirectoryMode = modeRow(DIRECTORY_KINDS.cache);
export const LogsDirectoryMode = modeRow(DIRECTORY_KINDS.logs);
export const ConfigurationDirectoryMode = modeRow(DIRECTORY_KINDS.configuration);

const MODES: Readonly<Record<DirectoryKind["directive"], Directive<number>>> = {
  RuntimeDirectory: RuntimeDirectoryMode,
  StateDirectory: StateDirectoryMode,
  CacheDirectory: CacheDirectoryMode,
  LogsDirectory: LogsDirectoryMode,
  ConfigurationDirectory: ConfigurationDirectoryMode,
};

export function modeOf(kind: DirectoryKind, { service }: Context): number {
  return service.get(MODES[kind.directive]) ?? 0o755;
}

/** The kind with its base in the caller's places. */
export function kindOfCaller(kind: DirectoryKind, { bases }: Pick<Scope, "bases">): DirectoryKind {
  const base = bases?.get(kind.base);
  return base === undefined ? kind : { ...kind, base };
}

/** Whether it lies below `private/`, which other users cannot enter (src/core/execute.c, exec_directory_is_private). */
export function isPrivate({ lifetime }: DirectoryKind, context: Context): boolean {
  return isDynamic(context) && (lifetime === "persistent" || (lifetime === "service" && isPreserved(context)));
}

/** Whether it is removed when the service stops. */
export function isRemoved({ lifetime }: DirectoryKind, context: Context): boolean {
  return lifetime === "service" && !isPreserved(context);
}

function isPreserved({ service }: Context): boolean {
  return (service.get(RuntimeDirectoryPreserve) ?? "no") !== "no";
}

function modeRow({ directive: name }: DirectoryKind): Directive<number> {
  return directive({
    name: `${name}Mode`,
    summary: `Access mode of the directories of ${name}=, 0755 by default`,
    value: mode,
    support: "full",
    effect: "neutral",
    allowedFrom: "tenant",
  });
}
