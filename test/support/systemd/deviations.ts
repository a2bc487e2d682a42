import { readFileSync } from "node:fs";
import { DIRECTIVES } from "../../../src/directives/index.gen.ts";

/** A difference between systemd 257 or 262 and dynuser that is meant; each one that is met is printed. */
export type Deviation = (Declared | Everywhere) & Tolerance;

/** One that the row of a directive declares; only counts for units that use it or imply it. */
export interface Declared extends Difference {
  /** Any of these. */
  readonly directives: readonly string[];
}

/** One that goes with being no service manager, or with being a container. */
export interface Everywhere extends Difference {
  readonly because: string;
}

interface Difference {
  /** Of the field's name, see observation.ts: `environment:LANG`, `mount:/tmp`, `Groups` … */
  readonly field: RegExp;
  readonly runtime?: "crun" | "runc";
}

/** The values that are tolerated: both patterns, systemd's first, or a comparison, or both. */
type Tolerance =
  | { readonly values: readonly [RegExp, RegExp]; alike?(systemd: string, dynuser: string): boolean }
  | { readonly values?: readonly [RegExp, RegExp]; alike(systemd: string, dynuser: string): boolean };

/** Why it is meant: in the words of the row, for one that `directives` of a service declare; undefined if none does. */
export function reasonOf(deviation: Deviation, directives: ReadonlySet<string>): string | undefined {
  if ("because" in deviation) return deviation.because;
  const name = deviation.directives.find((one) => directives.has(one));
  return name === undefined ? undefined : `${name}=: ${DIRECTIVES.get(name)?.deviation}`;
}

function exceptFor(pattern: RegExp): (systemd: string, dynuser: string) => boolean {
  return (systemd, dynuser) => systemd.replace(pattern, "") === dynuser.replace(pattern, "");
}

/** The capabilities of which a new user namespace has all, whatever its maker lacks. */
const HOST_WITHHOLDS =
  ~BigInt(`0x${/^CapBnd:\t(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`) & 0x1ffffffffffn;

/** Dropped with PrivateUsers=. */
const CAP_SYS_ADMIN = 1n << 21n;

/** Of numbers in hexadecimal. */
function exceptForBits(bits: bigint): (systemd: string, dynuser: string) => boolean {
  return (systemd, dynuser) => (BigInt(`0x${systemd}`) | bits) === (BigInt(`0x${dynuser}`) | bits);
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

/** A mount of /dev, a node or a directory in it, or the result of a write. */
const DEVICE =
  /^(?:tmpfs |devtmpfs |devpts |mqueue |hugetlbfs |character special file |directory |symbolic link|[A-Z]|\(absent\)$)/;

const DIRECTORIES = ["RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory"];

export const DEVIATIONS: readonly Deviation[] = [
  {
    field: new RegExp(`^environment:(?:${MANAGER_VARIABLES.join("|")})$`),
    values: [/^(?!\(absent\)$)/, /^\(absent\)$/],
    because: "a variable that only a service manager sets",
  },
  {
    field: /^environment:(?:INVOCATION_ID|SYSTEMD_EXEC_PID)$/,
    values: [/^(?:[0-9a-f]{32}|\d+)$/, /^(?:[0-9a-f]{32}|\d+)$/],
    because: "a value of one start, which the next start by systemd does not have either",
  },
  {
    field: /^mount:\/run\/(?:credentials|systemd\/(?:incoming|inaccessible|mount-rootfs|propagate))(?:\/|$)/,
    values: [/^(?:tmpfs |\(absent\)$)/, /^(?:tmpfs |\(absent\)$)/],
    because: "a mount by which systemd talks to its services later",
  },
  {
    field: /^namespace:mnt$/,
    values: [/^the host's$/, /^its own$/],
    because: "a container always has its own mount namespace",
  },
  {
    field: /^SigIgn$/,
    values: [/1000$/, /0000$/],
    because: "IgnoreSIGPIPE=yes is the manager's default; a command keeps the signals of its caller",
  },
  {
    field: /^CapInh$/,
    alike: exceptForBits(0x200100n),
    because: "systemd leaves SETPCAP and SYS_ADMIN inheritable, which it needed itself and no process can use",
  },
  {
    field: /^environment:HOME$/,
    values: [/^\(absent\)$/, /^\/(?:root)?$/],
    because: "both low-level runtimes set HOME when the config has none",
  },
  {
    directives: ["NoNewPrivileges"],
    field: /^mount:\/$/,
    values: [/ ro nosuid$/, / ro$/],
    alike: exceptFor(/ nosuid/),
  },
  {
    directives: ["NoNewPrivileges"],
    field: /^mount:/,
    values: [/^(?!.* nosuid)/, / nosuid/],
    alike: exceptFor(/ nosuid/),
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
    values: [/^character special file 666 \d+ \d+$/, /^character special file 666 0 0$/],
    because: "systemd gives its standard input to the user of the service, /dev/null too, and leaves it so",
  },
  {
    directives: DIRECTORIES,
    field: /^mount:\/(?:run|etc|var\/(?:lib|cache|log))\//,
    alike: exceptFor(/ nodev/),
  },
  {
    directives: ["DynamicUser"],
    field: /^Cap(?:Prm|Eff)$/,
    alike: exceptForBits(0x80n),
  },
  {
    directives: DIRECTORIES,
    runtime: "runc",
    field: /^disk:/,
    values: [/ 65534 65534$/, /^(?:file|directory) /],
  },
  {
    directives: DIRECTORIES,
    runtime: "runc",
    field: /^mount:/,
    alike: exceptFor(/(?: nosuid| nodev| noexec| idmapped)+$/),
  },
  {
    field: /^mount:.*\/private$/,
    values: [
      /^tmpfs own .* ro nosuid nodev noexec$/,
      /^tmpfs \/dynuser\/empty\/\S+ of the host's \/run ro nosuid nodev noexec$/,
    ],
    because: "private/ is covered by an empty directory, since runc gives a tmpfs the mode of what it covers",
  },
  {
    field: /^mount:\/run\/systemd\/journal\//,
    values: [/^tmpfs \/systemd\/journal\//, /^tmpfs \/systemd\/journal\//],
    because: "systemd binds the journal's sockets once more, which on the host's root are there anyway",
  },
  {
    directives: ["PrivateDevices"],
    field: /^(?:mount|link|stat|write|read):\/dev\/(?:log|core)$/,
    values: [
      /^(?:tmpfs own |symbolic link|socket|\/|yes$|\(absent\)$)/,
      /^(?:tmpfs \/systemd\/journal\/dev-log |symbolic link|socket|\/|yes$|\(absent\)$)/,
    ],
  },
  {
    field: /^(?:mount|stat|write|read):\/proc\/(?:kallsyms|kcore|kmsg)$/,
    values: [
      /^(?:tmpfs \/systemd\/inaccessible\/reg |tmpfs \/INACCESSIBLE\/reg |regular empty file 0 |yes$|Read-only|Permission denied$)/,
      /^(?:tmpfs \/null |tmpfs own |character special file 666 0 0$|\(absent\)$)/,
    ],
    because: "runtimes hide files of /proc behind /dev/null, since runc mounts nothing else below /proc",
  },
  {
    directives: ["ProtectHostname"],
    field: /^(?:mount|write):\/proc\/sys\/kernel\/(?:host|domain)name$/,
    values: [/^(?!.* ro)(?!Read-only)/, / ro(?: |$)|^Read-only/],
  },
  {
    directives: ["ExecPaths", "NoExecPaths"],
    field: /^mount:/,
    values: [/^/, / ro(?: |$)| noexec(?: |$)/],
    alike: exceptFor(/ (?:ro|nosuid|noexec)\b/g),
  },
  {
    directives: ["ExecPaths", "NoExecPaths"],
    field: /^write:/,
    values: [/^(?!Read-only)/, /^Read-only/],
  },
  {
    directives: ["MemoryDenyWriteExecute"],
    field: /^Seccomp$/,
    values: [/^0$/, /^2$/],
  },
  {
    directives: ["RuntimeDirectoryPreserve"],
    field: /^disk:\/run\//,
    values: [/^\(absent\)$/, /^/],
  },
  {
    field: /^disk:.*\/dev\/log$/,
    values: [/^file 644 0 0$/, /^file 7\d\d 0 0$/],
    because: "the mount point that a runtime makes for a file can be executed",
  },
  {
    field: /^mount:\/dev\/(?:full|null|tty|u?random|zero)$/,
    values: [/^tmpfs \/\w+ of the host's \/dev /, /^tmpfs own /],
    because: "systemd binds a node of the host where its device policy forbids to make one",
  },
  {
    directives: ["PrivateUsers"],
    field: /^(?:mount|stat|write):\/dev\//,
    values: [DEVICE, DEVICE],
  },
  {
    directives: ["LoadCredential", "SetCredential"],
    field: /^stat:\/run\/credentials\//,
    values: [/ [45][45]0 0 0$/, / [45]00 [1-9]/],
  },
  {
    field: /^write:\/run\/credentials\//,
    values: [/^Read-only/, /^Permission denied$/],
    because: "systemd 262 makes the file system of the credentials read-only, and not only where it is mounted",
  },
  {
    directives: ["PrivateUsers"],
    field: /^mount:\/sys(?:\/fs\/bpf)?$/,
    values: [/ own /, / of the host's \/sys /],
  },
  {
    directives: ["PrivateUsers"],
    runtime: "crun",
    field: /^(?:mount|stat):\/run\/lock$/,
    values: [/^(?:tmpfs|directory) /, /^(?:tmpfs|directory) /],
  },
  {
    directives: ["PrivateUsers"],
    field: /^write:\/sys$/,
    values: [/^Permission denied$/, /^Read-only/],
  },
  {
    directives: ["PrivateUsers"],
    field: /^mount:\/sys\/fs\/bpf$/,
    alike: exceptFor(/ nodev noexec$/),
  },
  {
    directives: ["DynamicUser"],
    field: /^user$/,
    values: [/cannot find name/, /^/],
  },
  {
    directives: ["PrivateUsers"],
    field: /^Cap(?:Amb|Bnd|Eff|Inh|Prm)$/,
    alike: exceptForBits(HOST_WITHHOLDS | CAP_SYS_ADMIN),
  },
  {
    directives: ["PrivateUsers"],
    field: /^(?:Groups|group|stat:.*)$/,
    values: [/65534/, /^(?!.*65534)/],
  },
  {
    directives: ["ProtectKernelTunables"],
    field: /^(?:mount|write):\/sys(?:\/|$)/,
    values: [/^(?!.* ro)(?!Read-only)/, / ro(?: |$)|^Read-only/],
  },
  {
    directives: ["ProtectSystem"],
    field: /^(?:mount|write):\/run(?:\/lock)?$/,
    values: [/^(?!.* ro)(?!Read-only)/, / ro(?: |$)|^Read-only/],
  },
  {
    field: /^mount:\/sys\/fs\/cgroup\/.*memory\.pressure$/,
    values: [/^cgroup2 \/(?:\S+\/)?memory\.pressure /, /^cgroup2 \/(?:\S+\/)?memory\.pressure /],
    because: "a mount for MemoryPressureWatch=, which a service manager serves",
  },
  {
    runtime: "crun",
    field: /^mount:\/proc\//,
    values: [/ ro nosuid(?: nodev noexec)?$/, / ro$/],
    because: "crun's read-only paths in /proc lose the other flags of the mount they lie in",
  },
  {
    field: /^mount:\/sys(?:\/fs\/bpf)?$/,
    values: [/^sysfs own ro /, /^sysfs own ro ro /],
    because: "runtimes make a fresh file system read-only as a whole and not only where it is mounted",
  },
  {
    directives: ["PrivateNetwork"],
    field: /^mount:\/sys\/fs\/cgroup$/,
    values: [/ nosuid$/, / nosuid noexec$/],
  },
  {
    field: /^disk:\/var\/lib\/dynuser(?:\/ledger)?$/,
    values: [/^\(absent\)$/, /^(?:directory|file) /],
    because: "dynuser records which name had which UID, systemd does not",
  },
];
