import type { Setting } from "./setting.ts";

/** Profiles that need no file, by name. */
const PROFILES: Readonly<Record<string, readonly (readonly [name: string, value: string])[]>> = {
  /** A build or a test of software that nobody has read: it can do what such a job does, and nothing to the host. */
  ci: [
    ["DynamicUser", "yes"],
    ["PrivateTmp", "yes"],
    ["PrivateDevices", "yes"],
    ["PrivateIPC", "yes"],
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
    // build tools keep their caches below it, and `/` cannot be written
    ["Environment", "HOME=/tmp"],
  ],
};

export function builtInProfile(name: string): readonly Setting[] | undefined {
  return PROFILES[name]?.map(([setting, value]) => ({
    name: setting,
    value,
    place: `profile ${name}`,
    lenient: false,
  }));
}

export const BUILT_IN_PROFILES = Object.keys(PROFILES);
