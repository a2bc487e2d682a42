import { harmlessVariables } from "./secretVariables.ts";
import type { Setting } from "./setting.ts";

type Row = readonly [name: string, value: string];

/** What a program that is not trusted gets of the host: nothing to change, and no view of other processes. */
const UNTRUSTED: readonly Row[] = [
  ["DynamicUser", "yes"],
  ["PrivateTmp", "yes"],
  ["PrivateDevices", "yes"],
  ["PrivateIPC", "yes"],
  ["PrivatePIDs", "yes"],
  ["ProtectHome", "tmpfs"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectProc", "invisible"],
  ["RestrictRealtime", "yes"],
  ["CapabilityBoundingSet", ""],
];

/** Profiles that need no file, by name. */
const PROFILES: Readonly<Record<string, (environment: Readonly<Record<string, string>>) => readonly Row[]>> = {
  /** A build or a test of unreviewed software: it can use the network and its workspace. */
  ci: () => [
    ...UNTRUSTED,
    // Build tools write caches below HOME, and `/` is read-only.
    ["Environment", "HOME=/tmp"],
  ],
  /** A program that runs unreviewed commands, such as a coding agent: it has the caller's tools, and none of its secrets. */
  agent: (environment) => [
    ...UNTRUSTED,
    ["PrivateNetwork", "yes"],
    ["RestrictNamespaces", "yes"],
    ["SystemCallFilter", "~@clock @cpu-emulation @keyring @module @mount @obsolete @raw-io @reboot @swap"],
    ["SystemCallErrorNumber", "EPERM"],
    ["LimitNPROC", "4096"],
    ["LimitDATA", "16G"],
    ["LimitCORE", "0"],
    ["RuntimeMaxSec", "4h"],
    ["TemporaryFileSystem", "%h:mode=1777"],
    ["BindReadOnlyPaths", "-%h/.gitconfig -%h/.config/git"],
    ["PassEnvironment", harmlessVariables(environment).join(" ")],
    ["Environment", "HOME=%h"],
  ],
};

export const BUILT_IN_PROFILES = Object.keys(PROFILES);

/** @param environment of the caller, of which a profile may pass a part */
export function builtInProfile(
  name: string,
  environment: Readonly<Record<string, string>>,
): readonly Setting[] | undefined {
  const rows = PROFILES[name]?.(environment);
  return rows?.map(([setting, value]) => ({ name: setting, value, place: `profile ${name}`, lenient: false }));
}
