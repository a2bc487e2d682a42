/** Settings that tighten together; where they are too much, `weaker` ones are tried in their place. */
export interface Candidate {
  /** `NAME=VALUE`, in the order in which they are given. */
  readonly settings: readonly string[];
  readonly weaker: readonly Candidate[];
}

function one(setting: string, ...weaker: readonly Candidate[]): Candidate {
  return { settings: [setting], weaker };
}

/** Each as strict as the next one is weaker. */
function ladder(name: string, first: string, ...others: readonly string[]): Candidate {
  const [second, ...rest] = others;
  return one(`${name}=${first}`, ...(second === undefined ? [] : [ladder(name, second, ...rest)]));
}

const CALL_GROUPS = ["clock", "cpu-emulation", "debug", "module", "mount", "obsolete", "raw-io", "reboot", "swap"];

/** Rows of systemd-analyze security, as capabilities. */
const CAPABILITY_GROUPS = [
  "CAP_SYS_ADMIN",
  "CAP_SETUID CAP_SETGID CAP_SETPCAP",
  "CAP_SYS_PTRACE",
  "CAP_SYS_TIME CAP_WAKE_ALARM",
  "CAP_NET_ADMIN",
  "CAP_SYS_RAWIO CAP_MKNOD",
  "CAP_SYS_MODULE",
  "CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_AUDIT_WRITE",
  "CAP_SYSLOG",
  "CAP_SYS_NICE CAP_SYS_RESOURCE",
  "CAP_CHOWN CAP_FSETID CAP_SETFCAP",
  "CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_IPC_OWNER",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_RAW",
  "CAP_SYS_BOOT CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_LINUX_IMMUTABLE CAP_SYS_CHROOT CAP_LEASE CAP_SYS_PACCT CAP_BPF",
  "CAP_IPC_LOCK CAP_BLOCK_SUSPEND CAP_SYS_TTY_CONFIG",
];

const NAMESPACES = ["user", "mnt", "ipc", "pid", "cgroup", "net", "uts"];

/** What can be taken from a command, always in this order: what costs most exposure first. */
export const CANDIDATES: readonly Candidate[] = [
  one("PrivateNetwork=yes"),
  one("CapabilityBoundingSet=", ...CAPABILITY_GROUPS.map((group) => one(`CapabilityBoundingSet=~${group}`))),
  one("RestrictNamespaces=yes", ...NAMESPACES.map((name) => one(`RestrictNamespaces=~${name}`))),
  ladder(
    "RestrictAddressFamilies",
    "none",
    "AF_UNIX",
    "AF_UNIX AF_INET AF_INET6",
    "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  ),
  {
    settings: ["SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources"],
    weaker: [
      one("SystemCallFilter=@system-service", ...CALL_GROUPS.map((group) => one(`SystemCallFilter=~@${group}`))),
    ],
  },
  one("SystemCallArchitectures=native"),
  one("PrivateDevices=yes"),
  ladder("ProtectSystem", "strict", "full", "yes"),
  ladder("ProtectHome", "yes", "tmpfs", "read-only"),
  one("PrivateTmp=yes"),
  one("ProtectControlGroups=yes"),
  one("ProtectKernelModules=yes"),
  one("ProtectKernelTunables=yes"),
  one("ProtectKernelLogs=yes"),
  one("ProtectClock=yes"),
  ladder("ProtectProc", "invisible", "noaccess"),
  one("ProcSubset=pid"),
  one("NoNewPrivileges=yes"),
  one("RestrictSUIDSGID=yes"),
  one("RestrictRealtime=yes"),
  one("LockPersonality=yes"),
  one("MemoryDenyWriteExecute=yes"),
  one("ProtectHostname=yes"),
  one("PrivateIPC=yes"),
  ladder("UMask", "0077", "0027"),
  // Last, since with it nothing can be mounted over /proc and /sys.
  one("PrivateUsers=yes"),
];

/** The directive that a setting is of. */
export function nameOf(setting: string): string {
  return setting.slice(0, setting.indexOf("="));
}
