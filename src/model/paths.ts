/** dynuser's state until the next boot: leases, records of containers, caches, locks. */
export const STATE_DIRECTORY = "/run/dynuser";

export const CONFIGURATION_PATH = "/etc/dynuser/config.yaml";

/** The administrator's profiles, NAME.yaml. */
export const PROFILES_DIRECTORY = "/etc/dynuser/profiles";

/** Whether the state directory is that of the host's root instead of an unprivileged user's. */
export function isHostState(stateDirectory: string): boolean {
  return stateDirectory === STATE_DIRECTORY;
}
