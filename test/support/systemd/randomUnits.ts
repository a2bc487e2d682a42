import { DIRECTIVES } from "../../../src/directives/index.gen.ts";
import { makeRandom, type Random } from "../random.ts";

/**
 * Values of directives that mean something in the furnished reference (furnishing.ts); `|` separates the ones that are
 * picked from. Those that we do not honour are left out of the units.
 */
export const VOCABULARY: Readonly<Record<string, string>> = {
  DynamicUser: "yes|yes|yes|no",
  User: "alice|alice|4242|daemon|nobody|waldo",
  Group: "crew|daemon|helpers",
  SupplementaryGroups: "crew|crew helpers|4343 1",
  SetLoginEnvironment: "yes|no",

  ProtectSystem: "yes|full|strict|strict|no",
  ProtectHome: "yes|read-only|tmpfs|no",
  PrivateTmp: "yes|disconnected|no",
  ReadWritePaths: "/srv/open|/srv|/var|-/nowhere|/etc|/home/alice|/srv/here /srv/crew",
  ReadOnlyPaths: "/srv|/srv/open|/var|-/nowhere|/home|/opt /srv/open/below",
  InaccessiblePaths: "/srv/open/below|/home/alice|-/nowhere|/boot|/srv/link|/etc/hostname",
  NoExecPaths: "/srv|/home /opt|/srv/open/below",
  ExecPaths: "/srv/open|/srv/open/below|/usr",
  BindPaths: "/srv/open:/mnt/open|/home/alice:/srv/here|/srv/crew:/opt/crew:norbind|-/nowhere:/mnt/nowhere|/srv/team",
  BindReadOnlyPaths: "/etc:/mnt/etc|/srv/open:/srv/alice:rbind|/srv/crew:/srv/here:norbind|/srv/open/below",
  TemporaryFileSystem: "/srv:ro|/opt|/home:mode=0700,size=1M|/srv/open/below|/srv/here:nodev,noexec|/mnt",

  RuntimeDirectory: "web|web web/run|web:alias",
  RuntimeDirectoryMode: "0700|0750",
  RuntimeDirectoryPreserve: "yes|no|restart",
  StateDirectory: "web|web/state|web web/deep other|web:alias|web::ro",
  StateDirectoryMode: "0700|0750|2755",
  CacheDirectory: "web|web other|web/cache",
  CacheDirectoryMode: "0700",
  LogsDirectory: "web|web/logs",
  LogsDirectoryMode: "0750",
  ConfigurationDirectory: "web|web/d",
  ConfigurationDirectoryMode: "0750",

  UMask: "0077|0027|0000|0002",
  WorkingDirectory: "/srv|-/nowhere|/|/usr/bin|/srv/link",
  Environment: 'A=b|"TWO=two words" C=%n|PATH=/usr/bin:/bin:/usr/local/bin|HOME=/srv|A=1 A=2',
  EnvironmentFile: "/srv/environment|-/nowhere",
  UnsetEnvironment: "A|A=b USER|LOGNAME",
  PassEnvironment: "NOWHERE",
  ExecSearchPath: "/usr/bin:/bin|/usr/local/bin:/bin:/usr/bin",

  LimitNOFILE: "100:200|512|1024:infinity",
  LimitNPROC: "500|1000:2000",
  LimitCORE: "0|infinity|1M",
  LimitFSIZE: "1G|2G:4G",
  LimitCPU: "1h|3600:7200",
  LimitDATA: "4G|infinity",
  LimitSTACK: "8M:16M",
  LimitRSS: "1G",
  LimitAS: "8G|infinity",
  LimitMEMLOCK: "64K|8M",
  LimitLOCKS: "100",
  LimitSIGPENDING: "500",
  LimitMSGQUEUE: "65536",
  LimitNICE: "+5|10",
  LimitRTPRIO: "0|5",
  LimitRTTIME: "1s|infinity",

  NoNewPrivileges: "yes|no",
  RestrictSUIDSGID: "yes",
  LockPersonality: "yes",
  RestrictRealtime: "yes",
  RestrictNamespaces: "yes|mnt pid|~user",
  RestrictAddressFamilies: "AF_UNIX|~AF_PACKET|none",
  MemoryDenyWriteExecute: "yes",
  SystemCallArchitectures: "native",
  SystemCallFilter: "@system-service|~@mount|~@reboot @swap",
  SystemCallErrorNumber: "EPERM|EACCES",

  CapabilityBoundingSet: "CAP_CHOWN CAP_KILL|~CAP_SYS_ADMIN CAP_NET_RAW|CAP_NET_BIND_SERVICE|",
  AmbientCapabilities: "CAP_NET_BIND_SERVICE|CAP_CHOWN CAP_KILL|~CAP_SYS_ADMIN",
  SecureBits: "keep-caps|noroot-locked",

  PrivateDevices: "yes",
  DevicePolicy: "closed|auto",
  DeviceAllow: "/dev/null r|char-pts rw|/dev/zero rwm",
  ProtectKernelTunables: "yes",
  ProtectKernelModules: "yes",
  ProtectKernelLogs: "yes",
  ProtectControlGroups: "yes|no",
  ProtectHostname: "yes",
  ProtectClock: "yes",
  ProtectProc: "invisible|noaccess|ptraceable|default",
  ProcSubset: "pid|all",
  PrivateNetwork: "yes",
  PrivateIPC: "yes",
  PrivateUsers: "yes|identity",
  PrivateMounts: "yes",
  PrivatePIDs: "yes",
  MountFlags: "slave|private",
  MountAPIVFS: "yes",

  RemoveIPC: "yes",
  OOMScoreAdjust: "100|1000",
  Nice: "5|19",
  CPUSchedulingPolicy: "batch|idle|other",
  CPUSchedulingResetOnFork: "yes",
  IOSchedulingClass: "idle|best-effort",
  IOSchedulingPriority: "2|7",
  CPUAffinity: "0|0-1",
  TimerSlackNSec: "100us|1ms",
  CoredumpFilter: "private-anonymous|default elf-headers",
  Personality: "x86-64",
  IgnoreSIGPIPE: "yes|no",
  KeyringMode: "private|inherit",
};

/** A runtime keeps its own cgroup's devices by a program of the kernel, which is more than some machines let crun do. */
const DEVICES = ["PrivateDevices", "DevicePolicy", "DeviceAllow"];
const OBSTACLE = "# not with crun: version 1.8.1 wants CAP_SYS_RESOURCE to limit devices in cgroups of version 2\n";

const PROBED =
  "/srv/open /srv/open/below /srv/open/file /srv/here /srv/alice /srv/crew /srv/link /home/alice /mnt/open /mnt/etc " +
  "/opt/crew /var/lib/web /var/cache/web /var/log/web /run/web /etc/web /etc/hostname /proc/kallsyms /proc/sys /proc/1";

/** One unit of three to nine settings; the same for the same seed. */
export function randomUnit(seed: number): string {
  const random = makeRandom(seed);
  const names = Object.keys(VOCABULARY).filter(isHonoured);
  const chosen = new Set(Array.from({ length: 3 + random.below(7) }, () => random.pick(names)));
  if (random.below(2) === 0) chosen.add("DynamicUser");
  const lines = names.filter((name) => chosen.has(name)).map((name) => `${name}=${pickValue(name, random)}`);
  const obstacle = DEVICES.some((name) => chosen.has(name)) ? OBSTACLE : "";
  return `${obstacle}# seed ${seed}\n[Service]\n${lines.join("\n")}\nExecStart=/usr/local/bin/probe ${PROBED}\n`;
}

function isHonoured(name: string): boolean {
  const support = DIRECTIVES.get(name)?.support;
  return support === "full" || support === "partial";
}

function pickValue(name: string, random: Random): string {
  return random.pick(VOCABULARY[name]!.split("|"));
}
