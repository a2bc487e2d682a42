/** A difference between systemd and dynuser that is meant; each one that is met is printed. */
export interface Deviation {
  /** The directive whose row declares it, when it only counts for units that use it. */
  readonly directive?: string;
  /** Of the field's name, see observation.ts: `environment:LANG`, `mount:/tmp`, `Groups` … */
  readonly field: RegExp;
  /** Of both values, systemd's first; any difference when left out. */
  readonly values?: readonly [RegExp, RegExp];
  readonly runtime?: "crun" | "runc";
  readonly because: string;
}

const MANAGER_VARIABLES = [
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LISTEN_FDS",
  "MANAGERPID",
  "MEMORY_PRESSURE_WATCH",
  "MEMORY_PRESSURE_WRITE",
  "NOTIFY_SOCKET",
  "SYSTEMD_EXEC_PID",
];

export const DEVIATIONS: readonly Deviation[] = [
  {
    field: new RegExp(`^environment:(?:${MANAGER_VARIABLES.join("|")})$`),
    because: "a variable that only a service manager sets",
  },
  {
    field: /^mount:\/run\/(?:credentials|systemd\/(?:incoming|inaccessible|mount-rootfs|propagate))(?:\/|$)/,
    because: "a mount by which systemd talks to its services later",
  },
  {
    field: /^namespace:mnt$/,
    values: [/^the host's$/, /^its own$/],
    because: "a container has a mount namespace of its own, needed or not",
  },
  {
    field: /^SigIgn$/,
    values: [/1000$/, /0000$/],
    because: "IgnoreSIGPIPE=yes is the manager's default; a command keeps the signals of its caller",
  },
  {
    field: /^CapInh$/,
    values: [/^0000000000200100$/, /^0000000000000000$/],
    because: "systemd leaves SETPCAP and SYS_ADMIN inheritable, which it needed on the way and nobody can use",
  },
  {
    field: /^environment:HOME$/,
    values: [/^\(absent\)$/, /^\/(?:root)?$/],
    because: "both low-level runtimes set HOME when the config has none",
  },
  {
    field: /^mount:\/$/,
    values: [/ ro nosuid$/, / ro$/],
    because: "runc and crun remount the root to make it read-only, which takes nosuid away",
  },
  {
    directive: "NoNewPrivileges",
    field: /^mount:/,
    values: [/^(?!.* nosuid)/, / nosuid$/],
    because: "systemd makes no mounts for NoNewPrivileges= alone, so that none becomes nosuid",
  },
  {
    field: /^mount:/,
    values: [
      / \/systemd\/inaccessible\//,
      / \/dynuser\/inaccessible\/(?:dir|reg) of the host's \/run ro (?:nosuid )?noexec$/,
    ],
    because: "what hides a path is a node of our own",
  },
  {
    field: /^stat:\/dev\/null$/,
    because: "systemd gives its standard input to the user of the service, /dev/null too, and leaves it so",
  },
  {
    field: /^mount:\/(?:run|etc|var\/(?:lib|cache|log))\//,
    values: [/ nosuid$/, / nosuid nodev$/],
    because: "a service's directories never show devices",
  },
  {
    directive: "DynamicUser",
    field: /^Cap(?:Prm|Eff)$/,
    values: [/ff7f$/, /ffff$/],
    because: "systemd drops CAP_SETUID while it becomes a user that turns out to be root",
  },
  {
    runtime: "runc",
    field: /^disk:/,
    values: [/ 65534 65534$/, /^(?:file|directory) /],
    because: "runc 1.1 cannot map ids of mounts: the files on disk belong to the user itself",
  },
  {
    runtime: "runc",
    field: /^mount:/,
    values: [/ nosuid nodev noexec idmapped$/, / nosuid nodev(?: noexec)?$/],
    because: "runc 1.1 cannot map ids of mounts: the files on disk belong to the user itself",
  },
  {
    field: /^mount:.*\/private$/,
    values: [
      /^tmpfs of its own .* ro nosuid nodev noexec$/,
      /^tmpfs \/dynuser\/empty\/\S+ of the host's \/run ro nosuid nodev noexec$/,
    ],
    because: "what covers private/ is an empty directory of ours, since runc gives a tmpfs the mode of what it covers",
  },
  {
    field: /^mount:\/run\/systemd\/journal\//,
    because: "systemd binds the journal's sockets once more, which on the host's root are there anyway",
  },
  {
    directive: "PrivateDevices",
    field: /^(?:mount|link|stat|write|read):\/dev\/(?:log|core)$/,
    because: "a runtime cannot make links: the journal's socket itself is at /dev/log; crun adds /dev/core",
  },
  {
    field: /^(?:mount|stat|write|read):\/proc\/(?:kallsyms|kcore|kmsg)$/,
    because: "runtimes hide files of /proc behind /dev/null, since runc mounts nothing else below /proc",
  },
  {
    directive: "ProtectKernelTunables",
    field: /^(?:mount|write):\/sys(?:\/|$)/,
    values: [/^(?!.* ro)(?!Read-only)/, / ro(?: |$)|^Read-only/],
    because: "systemd 257 forgets that /sys is to be read-only when it is listed for another reason too",
  },
  {
    field: /^(?:mount|write):\/run(?:\/lock)?$/,
    values: [/^(?!.* ro)(?!Read-only)/, / ro(?: |$)|^Read-only/],
    because: "systemd leaves /run writable under strict when it lists it for MountAPIVFS=",
  },
  {
    field: /^mount:\/sys\/fs\/cgroup\/.*memory\.pressure$/,
    because: "a mount for MemoryPressureWatch=, which a service manager serves",
  },
  {
    runtime: "crun",
    field: /^mount:\/proc\//,
    values: [/ ro nosuid nodev noexec$/, / ro$/],
    because: "crun's read-only paths in /proc lose the other flags of the mount they lie in",
  },
  {
    field: /^mount:\/sys(?:\/fs\/bpf)?$/,
    values: [/^sysfs of its own ro /, /^sysfs of its own ro ro /],
    because: "runtimes make a fresh file system read-only as a whole and not only where it is mounted",
  },
  {
    directive: "PrivateNetwork",
    field: /^mount:\/sys\/fs\/cgroup$/,
    values: [/ nosuid$/, / nosuid noexec$/],
    because: "what is mounted in a /sys of the network's own is noexec as it is",
  },
];
