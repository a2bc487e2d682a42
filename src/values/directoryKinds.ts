/** One of the five kinds of directories that systemd keeps for services (systemd.exec(5), table 2). */
export interface DirectoryKind {
  readonly directive: `${"Runtime" | "State" | "Cache" | "Logs" | "Configuration"}Directory`;
  readonly base: string;
  /** The environment variable that lists the directories. */
  readonly variable: string;
  /** The specifier that expands to the base, without the percent sign. */
  readonly specifier: string;
  /**
   * `service`: removed when the service stops; `persistent`: kept; `configuration`: kept, with owner and mode as the
   * host's programs expect them.
   */
  readonly lifetime: "service" | "persistent" | "configuration";
  /** The base of a user's service manager: $`variable`, or `fallback` below the home; then `below`. */
  readonly user: { readonly variable: string; readonly fallback?: string; readonly below?: string };
}

export const DIRECTORY_KINDS = {
  runtime: {
    directive: "RuntimeDirectory",
    base: "/run",
    variable: "RUNTIME_DIRECTORY",
    specifier: "t",
    lifetime: "service",
    user: { variable: "XDG_RUNTIME_DIR" },
  },
  state: {
    directive: "StateDirectory",
    base: "/var/lib",
    variable: "STATE_DIRECTORY",
    specifier: "S",
    lifetime: "persistent",
    user: { variable: "XDG_STATE_HOME", fallback: ".local/state" },
  },
  cache: {
    directive: "CacheDirectory",
    base: "/var/cache",
    variable: "CACHE_DIRECTORY",
    specifier: "C",
    lifetime: "persistent",
    user: { variable: "XDG_CACHE_HOME", fallback: ".cache" },
  },
  logs: {
    directive: "LogsDirectory",
    base: "/var/log",
    variable: "LOGS_DIRECTORY",
    specifier: "L",
    lifetime: "persistent",
    user: { variable: "XDG_STATE_HOME", fallback: ".local/state", below: "log" },
  },
  configuration: {
    directive: "ConfigurationDirectory",
    base: "/etc",
    variable: "CONFIGURATION_DIRECTORY",
    specifier: "E",
    lifetime: "configuration",
    user: { variable: "XDG_CONFIG_HOME", fallback: ".config" },
  },
} as const satisfies Readonly<Record<string, DirectoryKind>>;

export const ALL_KINDS: readonly DirectoryKind[] = Object.values(DIRECTORY_KINDS);

/** The kinds whose directories a dynamic user has below `BASE/private`. */
export const PRIVATE_KINDS: readonly DirectoryKind[] = ALL_KINDS.filter(({ lifetime }) => lifetime !== "configuration");

export const PERSISTENT_KINDS: readonly DirectoryKind[] = ALL_KINDS.filter(({ lifetime }) => lifetime === "persistent");
