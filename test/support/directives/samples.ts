import type { Change } from "../../../src/model/edit.ts";
import { MAXIMUM } from "../../../src/model/filter.ts";
import { localArchitectures } from "../../../src/values/architecture.ts";

/** An assignment of one directive, with what the directive makes of it for the host and the container of situation.ts. */
export interface Sample {
  /** The directive's assignment, and others that it requires. */
  readonly settings: string;
  /** The parsed value, for a directive that changes nothing by itself. */
  readonly value?: unknown;
  /** The directive's changes: edits, actions, releases, warnings. */
  readonly yields?: readonly Change[];
}

const NATIVE = process.arch === "x64" ? "x86-64" : "arm64";

/** One sample for each supported directive. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  AllowedCPUs: { settings: "AllowedCPUs=0-2", yields: [{ kind: "resources", resources: { cpu: { cpus: "0-2" } } }] },
  AllowedMemoryNodes: {
    settings: "AllowedMemoryNodes=0",
    yields: [{ kind: "resources", resources: { cpu: { mems: "0" } } }],
  },
  AmbientCapabilities: {
    settings: "AmbientCapabilities=CAP_CHOWN",
    yields: [{ kind: "capabilities", ambient: ["CAP_CHOWN"] }],
  },
  AppArmorProfile: {
    settings: "AppArmorProfile=web",
    yields: [{ kind: "process", field: "apparmorProfile", value: "web" }],
  },
  BindPaths: {
    settings: "BindPaths=/srv:/data",
    yields: [{ kind: "path", path: "/data", access: "bind", source: "/srv", recursive: true }],
  },
  BindReadOnlyPaths: {
    settings: "BindReadOnlyPaths=/srv",
    yields: [{ kind: "path", path: "/srv", access: "bind", source: "/srv", recursive: true, readOnly: true }],
  },
  BlockIOAccounting: { settings: "BlockIOAccounting=yes", value: true },
  BlockIOWeight: {
    settings: "BlockIOWeight=500",
    yields: [{ kind: "resources", resources: { unified: { "io.weight": "default 100" } } }],
  },
  CPUAccounting: { settings: "CPUAccounting=yes", value: true },
  CPUAffinity: {
    settings: "CPUAffinity=0 2",
    yields: [{ kind: "attribute", owner: "CPUAffinity", attribute: { name: "affinity", cpus: [0, 2] } }],
  },
  CPUQuota: {
    settings: "CPUQuota=150%",
    yields: [{ kind: "resources", resources: { cpu: { quota: 150000, period: 100000 } } }],
  },
  CPUQuotaPeriodSec: { settings: "CPUQuotaPeriodSec=50ms", value: 50000 },
  CPUSchedulingPolicy: {
    settings: "CPUSchedulingPolicy=ext",
    yields: [
      {
        kind: "attribute",
        owner: "CPUSchedulingPolicy",
        attribute: { name: "scheduling", policy: "ext", priority: 0, resetOnFork: false },
      },
    ],
  },
  CPUSchedulingPriority: {
    settings: "CPUSchedulingPriority=5",
    yields: [
      {
        kind: "attribute",
        owner: "CPUSchedulingPolicy",
        attribute: { name: "scheduling", policy: "other", priority: 0, resetOnFork: false },
      },
    ],
  },
  CPUSchedulingResetOnFork: {
    settings: "CPUSchedulingResetOnFork=yes",
    yields: [
      {
        kind: "attribute",
        owner: "CPUSchedulingPolicy",
        attribute: { name: "scheduling", policy: "other", priority: 0, resetOnFork: true },
      },
    ],
  },
  CPUSetPartition: {
    settings: "CPUSetPartition=isolated\nAllowedCPUs=0",
    yields: [{ kind: "resources", resources: { unified: { "cpuset.cpus.partition": "isolated" } } }],
  },
  CPUShares: {
    settings: "CPUShares=2048",
    yields: [{ kind: "resources", resources: { unified: { "cpu.weight": "200" } } }],
  },
  CPUWeight: {
    settings: "CPUWeight=idle",
    yields: [{ kind: "resources", resources: { unified: { "cpu.idle": "1" } } }],
  },
  CacheDirectory: {
    settings: "CacheDirectory=web",
    yields: [
      { kind: "environment", layer: "directories", variables: { CACHE_DIRECTORY: "/var/cache/web" } },
      {
        kind: "path",
        path: "/var/cache/web",
        access: "bind",
        source: "/var/cache/web",
        sourceMade: true,
        recursive: true,
        made: true,
      },
      {
        kind: "directory",
        base: "/var/cache",
        name: "web",
        private: false,
        inside: false,
        mode: 0o755,
        owner: { uid: 63404, gid: 63404 },
        ownership: "changed",
        dropSetId: false,
      },
    ],
  },
  CacheDirectoryMode: { settings: "CacheDirectoryMode=0750", value: 0o750 },
  CapabilityBoundingSet: {
    settings: "CapabilityBoundingSet=CAP_CHOWN",
    yields: [{ kind: "capabilities", keep: ["CAP_CHOWN"] }],
  },
  ConfigurationDirectory: {
    settings: "ConfigurationDirectory=web",
    yields: [
      { kind: "environment", layer: "directories", variables: { CONFIGURATION_DIRECTORY: "/etc/web" } },
      {
        kind: "path",
        path: "/etc/web",
        access: "bind",
        source: "/etc/web",
        sourceMade: true,
        recursive: true,
        made: true,
      },
      {
        kind: "directory",
        base: "/etc",
        name: "web",
        private: false,
        inside: false,
        mode: 0o755,
        owner: { uid: 63404, gid: 63404 },
        ownership: "changed",
        dropSetId: false,
      },
    ],
  },
  ConfigurationDirectoryMode: { settings: "ConfigurationDirectoryMode=0750", value: 0o750 },
  CoredumpFilter: {
    settings: "CoredumpFilter=0x1f",
    yields: [{ kind: "attribute", owner: "CoredumpFilter", attribute: { name: "coredumpFilter", bits: 31 } }],
  },
  DeviceAllow: {
    settings: "DeviceAllow=/dev/disk rw",
    yields: [
      {
        kind: "devices",
        allow: [
          { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 7, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 8, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 9, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 0, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 2, access: "rwm" },
          { allow: true, type: "c", major: 136, access: "rw" },
          { allow: true, type: "c", major: 137, access: "rw" },
          { allow: true, type: "c", major: 138, access: "rw" },
          { allow: true, type: "c", major: 139, access: "rw" },
          { allow: true, type: "c", major: 140, access: "rw" },
          { allow: true, type: "c", major: 141, access: "rw" },
          { allow: true, type: "c", major: 142, access: "rw" },
          { allow: true, type: "c", major: 143, access: "rw" },
          { allow: true, type: "b", major: 8, minor: 0, access: "rw" },
        ],
        dropsNodes: false,
      },
    ],
  },
  DevicePolicy: {
    settings: "DevicePolicy=closed",
    yields: [
      {
        kind: "devices",
        allow: [
          { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 7, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 8, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 9, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 0, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 2, access: "rwm" },
          { allow: true, type: "c", major: 136, access: "rw" },
          { allow: true, type: "c", major: 137, access: "rw" },
          { allow: true, type: "c", major: 138, access: "rw" },
          { allow: true, type: "c", major: 139, access: "rw" },
          { allow: true, type: "c", major: 140, access: "rw" },
          { allow: true, type: "c", major: 141, access: "rw" },
          { allow: true, type: "c", major: 142, access: "rw" },
          { allow: true, type: "c", major: 143, access: "rw" },
        ],
        dropsNodes: false,
      },
    ],
  },
  DynamicUser: {
    settings: "DynamicUser=yes",
    yields: [
      { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404] },
      { kind: "environment", layer: "login", variables: { USER: "web", LOGNAME: "web", HOME: "/" } },
      { kind: "capabilities", onlyAmbient: true },
    ],
  },
  Environment: {
    settings: 'Environment=A=1 "B=two words"',
    yields: [{ kind: "environment", layer: "set", variables: { A: "1", B: "two words" } }],
  },
  EnvironmentFile: {
    settings: "EnvironmentFile=/etc/web.env",
    yields: [{ kind: "environment", layer: "file", variables: { C: "3" } }],
  },
  ExecCondition: {
    settings: "ExecCondition=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecPaths: { settings: "ExecPaths=/opt", yields: [{ kind: "path", path: "/opt", access: "exec" }] },
  ExecReload: {
    settings: "ExecReload=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecReloadPost: {
    settings: "ExecReloadPost=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecSearchPath: {
    settings: "ExecSearchPath=/opt/bin:/usr/bin",
    yields: [{ kind: "environment", layer: "searchPath", variables: { PATH: "/opt/bin:/usr/bin" } }],
  },
  ExecStart: {
    settings: "ExecStart=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecStartPost: {
    settings: "ExecStartPost=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecStartPre: {
    settings: "ExecStartPre=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecStop: {
    settings: "ExecStop=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExecStopPost: {
    settings: "ExecStopPost=/bin/true a",
    value: [{ file: "/bin/true", argv: ["/bin/true", "a"], mayFail: false, expand: true, privileges: "service" }],
    yields: [],
  },
  ExitType: { settings: "ExitType=cgroup", value: "cgroup" },
  FinalKillSignal: { settings: "FinalKillSignal=SIGUSR1", value: 10 },
  Group: {
    settings: "Group=users",
    yields: [
      { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404] },
      { kind: "environment", layer: "login", variables: { USER: "web", LOGNAME: "web", HOME: "/" } },
      { kind: "capabilities", onlyAmbient: true },
    ],
  },
  GuessMainPID: { settings: "GuessMainPID=no", value: false },
  IOAccounting: { settings: "IOAccounting=yes", value: true },
  IODeviceLatencyTargetSec: {
    settings: "IODeviceLatencyTargetSec=/dev/disk 25ms",
    yields: [{ kind: "resources", resources: { unified: { "io.latency": "8:0 target=25000" } } }],
  },
  IODeviceWeight: {
    settings: "IODeviceWeight=/dev/disk 200",
    yields: [{ kind: "resources", resources: { unified: { "io.weight": "8:0 200" } } }],
  },
  IOReadBandwidthMax: {
    settings: "IOReadBandwidthMax=/dev/disk 5M",
    yields: [
      {
        kind: "resources",
        resources: { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 5000000n }] } },
      },
    ],
  },
  IOReadIOPSMax: {
    settings: "IOReadIOPSMax=/dev/disk 1K",
    yields: [
      { kind: "resources", resources: { blockIO: { throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 1000n }] } } },
    ],
  },
  IOSchedulingClass: {
    settings: "IOSchedulingClass=idle",
    yields: [
      { kind: "attribute", owner: "IOSchedulingClass", attribute: { name: "ioPriority", class: "idle", level: 4 } },
    ],
  },
  IOSchedulingPriority: {
    settings: "IOSchedulingPriority=6",
    yields: [
      {
        kind: "attribute",
        owner: "IOSchedulingClass",
        attribute: { name: "ioPriority", class: "best-effort", level: 6 },
      },
    ],
  },
  IOWeight: {
    settings: "IOWeight=200",
    yields: [{ kind: "resources", resources: { unified: { "io.weight": "default 200" } } }],
  },
  IOWriteBandwidthMax: {
    settings: "IOWriteBandwidthMax=/dev/disk 5M",
    yields: [
      {
        kind: "resources",
        resources: { blockIO: { throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 5000000n }] } },
      },
    ],
  },
  IOWriteIOPSMax: {
    settings: "IOWriteIOPSMax=/dev/disk 1K",
    yields: [
      { kind: "resources", resources: { blockIO: { throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 1000n }] } } },
    ],
  },
  IPAccounting: {
    settings: "IPAccounting=yes",
    yields: [{ kind: "networkRule", owner: "IPAccounting", rule: { kind: "accounting" } }],
  },
  IPAddressAllow: {
    settings: "IPAddressAllow=localhost",
    value: [
      { address: "127.0.0.0", bits: 8 },
      { address: "::1", bits: 128 },
    ],
  },
  IPAddressDeny: {
    settings: "IPAddressDeny=any",
    yields: [
      {
        kind: "networkRule",
        owner: "IPAddressDeny",
        rule: {
          kind: "packets",
          allow: [],
          deny: [
            { address: "0.0.0.0", bits: 0 },
            { address: "::", bits: 0 },
          ],
        },
      },
    ],
  },
  IPCNamespacePath: {
    settings: "IPCNamespacePath=/run/ipcns",
    yields: [
      { kind: "namespace", type: "ipc", path: "/run/ipcns" },
      {
        kind: "path",
        path: "/dev/mqueue",
        access: "kernel",
        fileSystem: "mqueue",
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
    ],
  },
  ImportCredential: {
    settings: "ImportCredential=web.*",
    yields: [
      {
        kind: "path",
        path: "/run/credentials",
        access: "tmpfs",
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/credentials/web.service",
        access: "bind",
        source: "/run/dynuser/credentials/c",
        sourceMade: true,
        recursive: false,
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
      {
        kind: "environment",
        layer: "directories",
        variables: { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" },
      },
      {
        kind: "credentials",
        path: "/run/dynuser/credentials/c",
        owner: { uid: 63404, gid: 63404 },
        credentials: [{ name: "", encrypted: true, from: { kind: "pattern", pattern: "web.*", renamed: false } }],
      },
      { kind: "remove", path: "/run/dynuser/credentials/c", links: [] },
    ],
  },
  InaccessiblePaths: {
    settings: "InaccessiblePaths=-/srv",
    yields: [{ kind: "path", path: "/srv", access: "inaccessible", optional: true }],
  },
  KeyringMode: { settings: "KeyringMode=private", value: "private" },
  OOMPolicy: {
    settings: "OOMPolicy=kill",
    yields: [{ kind: "resources", resources: { unified: { "memory.oom.group": "1" } } }],
  },
  KillMode: { settings: "KillMode=mixed", value: "mixed" },
  KillSignal: { settings: "KillSignal=SIGUSR1", value: 10 },
  LimitAS: { settings: "LimitAS=64:128", yields: [{ kind: "rlimit", type: "RLIMIT_AS", soft: 64n, hard: 128n }] },
  LimitCORE: { settings: "LimitCORE=64:128", yields: [{ kind: "rlimit", type: "RLIMIT_CORE", soft: 64n, hard: 128n }] },
  LimitCPU: { settings: "LimitCPU=5s:10s", yields: [{ kind: "rlimit", type: "RLIMIT_CPU", soft: 5n, hard: 10n }] },
  LimitDATA: { settings: "LimitDATA=64:128", yields: [{ kind: "rlimit", type: "RLIMIT_DATA", soft: 64n, hard: 128n }] },
  LimitFSIZE: {
    settings: "LimitFSIZE=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_FSIZE", soft: 64n, hard: 128n }],
  },
  LimitLOCKS: {
    settings: "LimitLOCKS=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_LOCKS", soft: 64n, hard: 128n }],
  },
  LimitMEMLOCK: {
    settings: "LimitMEMLOCK=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_MEMLOCK", soft: 64n, hard: 128n }],
  },
  LimitMSGQUEUE: {
    settings: "LimitMSGQUEUE=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_MSGQUEUE", soft: 64n, hard: 128n }],
  },
  LimitNICE: { settings: "LimitNICE=+5", yields: [{ kind: "rlimit", type: "RLIMIT_NICE", soft: 15n, hard: 15n }] },
  LimitNOFILE: {
    settings: "LimitNOFILE=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_NOFILE", soft: 64n, hard: 128n }],
  },
  LimitNPROC: {
    settings: "LimitNPROC=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_NPROC", soft: 64n, hard: 128n }],
  },
  LimitRSS: { settings: "LimitRSS=64:128", yields: [{ kind: "rlimit", type: "RLIMIT_RSS", soft: 64n, hard: 128n }] },
  LimitRTPRIO: {
    settings: "LimitRTPRIO=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_RTPRIO", soft: 64n, hard: 128n }],
  },
  LimitRTTIME: {
    settings: "LimitRTTIME=5s:10s",
    yields: [{ kind: "rlimit", type: "RLIMIT_RTTIME", soft: 5000000n, hard: 10000000n }],
  },
  LimitSIGPENDING: {
    settings: "LimitSIGPENDING=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_SIGPENDING", soft: 64n, hard: 128n }],
  },
  LimitSTACK: {
    settings: "LimitSTACK=64:128",
    yields: [{ kind: "rlimit", type: "RLIMIT_STACK", soft: 64n, hard: 128n }],
  },
  LoadCredential: {
    settings: "LoadCredential=key:/etc/key",
    yields: [
      {
        kind: "path",
        path: "/run/credentials",
        access: "tmpfs",
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/credentials/web.service",
        access: "bind",
        source: "/run/dynuser/credentials/c",
        sourceMade: true,
        recursive: false,
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
      {
        kind: "environment",
        layer: "directories",
        variables: { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" },
      },
      {
        kind: "credentials",
        path: "/run/dynuser/credentials/c",
        owner: { uid: 63404, gid: 63404 },
        credentials: [{ name: "key", encrypted: false, from: { kind: "path", path: "/etc/key" } }],
      },
      { kind: "remove", path: "/run/dynuser/credentials/c", links: [] },
    ],
  },
  LoadCredentialEncrypted: {
    settings: "LoadCredentialEncrypted=key:/etc/key",
    yields: [
      {
        kind: "path",
        path: "/run/credentials",
        access: "tmpfs",
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/credentials/web.service",
        access: "bind",
        source: "/run/dynuser/credentials/c",
        sourceMade: true,
        recursive: false,
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
      {
        kind: "environment",
        layer: "directories",
        variables: { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" },
      },
      {
        kind: "credentials",
        path: "/run/dynuser/credentials/c",
        owner: { uid: 63404, gid: 63404 },
        credentials: [{ name: "key", encrypted: true, from: { kind: "path", path: "/etc/key" } }],
      },
      { kind: "remove", path: "/run/dynuser/credentials/c", links: [] },
    ],
  },
  LockPersonality: {
    settings: "LockPersonality=yes",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "LockPersonality",
          order: 130,
          defaultAction: { action: "allow" },
          rules: [
            {
              calls: ["personality"],
              when: [{ argument: 0, from: 1n, to: MAXIMUM }],
              action: { action: "errno", errno: 1 },
            },
          ],
        },
      },
    ],
  },
  LogsDirectory: {
    settings: "LogsDirectory=web",
    yields: [
      { kind: "environment", layer: "directories", variables: { LOGS_DIRECTORY: "/var/log/web" } },
      {
        kind: "path",
        path: "/var/log/web",
        access: "bind",
        source: "/var/log/web",
        sourceMade: true,
        recursive: true,
        made: true,
      },
      {
        kind: "directory",
        base: "/var/log",
        name: "web",
        private: false,
        inside: false,
        mode: 0o755,
        owner: { uid: 63404, gid: 63404 },
        ownership: "changed",
        dropSetId: false,
      },
    ],
  },
  LogsDirectoryMode: { settings: "LogsDirectoryMode=0750", value: 0o750 },
  MemoryAccounting: { settings: "MemoryAccounting=yes", value: true },
  MemoryDenyWriteExecute: {
    settings: "MemoryDenyWriteExecute=yes",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "MemoryDenyWriteExecute",
          order: 30,
          defaultAction: { action: "allow" },
          rules: [
            {
              calls: ["mmap", "mmap2"],
              when: [{ argument: 2, mask: 6n, value: 6n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["mprotect", "pkey_mprotect"],
              when: [{ argument: 2, mask: 4n, value: 4n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["shmat"],
              when: [{ argument: 2, mask: 32768n, value: 32768n }],
              action: { action: "errno", errno: 1 },
            },
          ],
          closes: ["SCMP_ARCH_X86"],
        },
      },
    ],
  },
  MemoryHigh: {
    settings: "MemoryHigh=10%",
    yields: [{ kind: "resources", resources: { unified: { "memory.high": "107374182" } } }],
  },
  MemoryLimit: {
    settings: "MemoryLimit=1G",
    yields: [{ kind: "resources", resources: { memory: { limit: 1073741824n } } }],
  },
  MemoryLow: {
    settings: "MemoryLow=1M",
    yields: [{ kind: "resources", resources: { unified: { "memory.low": "1048576" } } }],
  },
  MemoryMax: {
    settings: "MemoryMax=1G",
    yields: [{ kind: "resources", resources: { memory: { limit: 1073741824n } } }],
  },
  MemoryMin: {
    settings: "MemoryMin=1M",
    yields: [{ kind: "resources", resources: { unified: { "memory.min": "1048576" } } }],
  },
  MemorySwapMax: {
    settings: "MemorySwapMax=0",
    yields: [{ kind: "resources", resources: { unified: { "memory.swap.max": "0" } } }],
  },
  MemoryTHP: { settings: "MemoryTHP=madvise", value: "madvise" },
  MemoryZSwapMax: {
    settings: "MemoryZSwapMax=infinity",
    yields: [{ kind: "resources", resources: { unified: { "memory.zswap.max": "max" } } }],
  },
  MemoryZSwapWriteback: {
    settings: "MemoryZSwapWriteback=no",
    yields: [{ kind: "resources", resources: { unified: { "memory.zswap.writeback": "0" } } }],
  },
  MountAPIVFS: {
    settings: "MountAPIVFS=yes",
    yields: [
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: [],
      },
    ],
  },
  MountFlags: {
    settings: "MountFlags=private",
    yields: [{ kind: "linux", field: "rootfsPropagation", value: "rprivate" }],
  },
  NUMAMask: { settings: "NUMAMask=0", value: [0] },
  NUMAPolicy: {
    settings: "NUMAPolicy=local",
    yields: [{ kind: "linux", field: "memoryPolicy", value: { mode: "MPOL_LOCAL" } }],
  },
  NetworkNamespacePath: {
    settings: "NetworkNamespacePath=/run/netns/blue",
    yields: [
      { kind: "namespace", type: "network", path: "/run/netns/blue" },
      {
        kind: "path",
        path: "/sys",
        access: "kernel",
        fileSystem: "sysfs",
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
    ],
  },
  Nice: { settings: "Nice=-5", yields: [{ kind: "attribute", owner: "Nice", attribute: { name: "nice", nice: -5 } }] },
  NoExecPaths: { settings: "NoExecPaths=/tmp", yields: [{ kind: "path", path: "/tmp", access: "noExec" }] },
  NoNewPrivileges: {
    settings: "NoNewPrivileges=yes",
    yields: [{ kind: "process", field: "noNewPrivileges", value: true }],
  },
  NotifyAccess: { settings: "NotifyAccess=all", value: "all" },
  OOMScoreAdjust: { settings: "OOMScoreAdjust=500", yields: [{ kind: "process", field: "oomScoreAdj", value: 500 }] },
  PIDFile: { settings: "PIDFile=web.pid", value: "/run/web.pid" },
  PassEnvironment: {
    settings: "PassEnvironment=LANG",
    yields: [{ kind: "environment", layer: "passed", variables: { LANG: "C.UTF-8" } }],
  },
  PermissionsStartOnly: { settings: "PermissionsStartOnly=yes", value: true },
  Personality: {
    settings: `Personality=${NATIVE}`,
    yields: [{ kind: "linux", field: "personality", value: { domain: "LINUX" } }],
  },
  PrivateBPF: {
    settings: "PrivateBPF=yes",
    yields: [
      {
        kind: "path",
        path: "/sys/fs/bpf",
        access: "kernel",
        fileSystem: "bpf",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["mode=0700"],
      },
    ],
  },
  PrivateDevices: {
    settings: "PrivateDevices=yes",
    yields: [
      { kind: "capabilities", drop: ["CAP_MKNOD", "CAP_SYS_RAWIO"] },
      {
        kind: "devices",
        allow: [
          { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 7, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 8, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 9, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 0, access: "rwm" },
          { allow: true, type: "c", major: 5, minor: 2, access: "rwm" },
          { allow: true, type: "c", major: 136, access: "rw" },
          { allow: true, type: "c", major: 137, access: "rw" },
          { allow: true, type: "c", major: 138, access: "rw" },
          { allow: true, type: "c", major: 139, access: "rw" },
          { allow: true, type: "c", major: 140, access: "rw" },
          { allow: true, type: "c", major: 141, access: "rw" },
          { allow: true, type: "c", major: 142, access: "rw" },
          { allow: true, type: "c", major: 143, access: "rw" },
        ],
        dropsNodes: true,
      },
      {
        kind: "path",
        path: "/dev",
        access: "privateDevices",
        readOnly: true,
        noExec: true,
        noSuid: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=64k"],
      },
      {
        kind: "seccomp",
        filter: {
          name: "PrivateDevices",
          order: 110,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["@raw-io"], action: { action: "errno", errno: 1 } }],
        },
      },
    ],
  },
  PrivateIPC: {
    settings: "PrivateIPC=yes",
    yields: [
      { kind: "namespace", type: "ipc" },
      {
        kind: "path",
        path: "/dev/mqueue",
        access: "kernel",
        fileSystem: "mqueue",
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
    ],
  },
  PrivateMounts: {
    settings: "PrivateMounts=no",
    yields: [{ kind: "warning", text: "no has no effect, as a container always has a separate mount namespace" }],
  },
  PrivateNetwork: {
    settings: "PrivateNetwork=yes",
    yields: [
      { kind: "namespace", type: "network" },
      {
        kind: "path",
        path: "/sys",
        access: "kernel",
        fileSystem: "sysfs",
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
    ],
  },
  PrivatePIDs: {
    settings: "PrivatePIDs=yes",
    yields: [
      { kind: "namespace", type: "pid" },
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: [],
      },
    ],
  },
  PrivateTmp: {
    settings: "PrivateTmp=disconnected",
    yields: [
      {
        kind: "path",
        path: "/tmp",
        access: "privateTmp",
        noDevices: true,
        options: ["strictatime", "mode=1777", "size=10%", "nr_inodes=400k"],
      },
      {
        kind: "path",
        path: "/var/tmp",
        access: "privateTmp",
        noDevices: true,
        options: ["strictatime", "mode=1777", "size=10%", "nr_inodes=400k"],
      },
    ],
  },
  PrivateUsers: {
    settings: "PrivateUsers=identity",
    yields: [
      { kind: "userNamespace", map: "identity", uids: [63404] },
      { kind: "capabilities", drop: ["CAP_SYS_ADMIN"] },
    ],
  },
  ProcSubset: {
    settings: "ProcSubset=pid",
    yields: [
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["subset=pid"],
      },
    ],
  },
  ProtectClock: {
    settings: "ProtectClock=yes",
    yields: [
      { kind: "capabilities", drop: ["CAP_SYS_TIME", "CAP_WAKE_ALARM"] },
      {
        kind: "seccomp",
        filter: {
          name: "ProtectClock",
          order: 100,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["@clock"], action: { action: "errno", errno: 1 } }],
        },
      },
    ],
  },
  ProtectControlGroups: {
    settings: "ProtectControlGroups=strict",
    yields: [
      { kind: "namespace", type: "cgroup" },
      {
        kind: "path",
        path: "/sys/fs/cgroup",
        access: "kernel",
        fileSystem: "cgroup2",
        noSuid: true,
        noDevices: true,
        noExec: true,
        readOnly: true,
      },
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: [],
      },
    ],
  },
  ProtectHome: {
    settings: "ProtectHome=tmpfs",
    yields: [
      {
        kind: "path",
        path: "/home",
        optional: true,
        access: "tmpfs",
        readOnly: true,
        noDevices: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/user",
        optional: true,
        access: "tmpfs",
        readOnly: true,
        noDevices: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/root",
        optional: true,
        access: "tmpfs",
        readOnly: true,
        noDevices: true,
        options: ["strictatime", "mode=0700", "size=4m", "nr_inodes=1k"],
      },
    ],
  },
  ProtectHostname: {
    settings: "ProtectHostname=private:web",
    yields: [
      { kind: "namespace", type: "uts" },
      { kind: "hostname", hostname: "web" },
    ],
  },
  ProtectKernelLogs: {
    settings: "ProtectKernelLogs=yes",
    yields: [
      { kind: "capabilities", drop: ["CAP_SYSLOG"] },
      { kind: "path", path: "/proc/kmsg", access: "inaccessible", optional: true },
      { kind: "path", path: "/dev/kmsg", access: "inaccessible", optional: true },
      {
        kind: "seccomp",
        filter: {
          name: "ProtectKernelLogs",
          order: 90,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["syslog"], action: { action: "errno", errno: 1 } }],
        },
      },
    ],
  },
  ProtectKernelModules: {
    settings: "ProtectKernelModules=yes",
    yields: [
      { kind: "capabilities", drop: ["CAP_SYS_MODULE"] },
      { kind: "path", path: "/usr/lib/modules", access: "inaccessible", optional: true },
      {
        kind: "seccomp",
        filter: {
          name: "ProtectKernelModules",
          order: 80,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["@module"], action: { action: "errno", errno: 1 } }],
        },
      },
    ],
  },
  ProtectKernelTunables: {
    settings: "ProtectKernelTunables=yes",
    yields: [
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: [],
      },
      { kind: "path", path: "/proc/acpi", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/apm", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/asound", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/bus", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/fs", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/irq", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/latency_stats", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/mtrr", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/scsi", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/sys", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/sysrq-trigger", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/timer_stats", access: "readOnly", optional: true },
      { kind: "path", path: "/sys", access: "readOnly", optional: true },
      { kind: "path", path: "/sys/fs/bpf", access: "readOnly", optional: true },
      { kind: "path", path: "/sys/kernel/debug", access: "readOnly", optional: true },
      { kind: "path", path: "/sys/kernel/tracing", access: "readOnly", optional: true },
      { kind: "path", path: "/proc/kallsyms", access: "inaccessible", optional: true },
      { kind: "path", path: "/proc/kcore", access: "inaccessible", optional: true },
      { kind: "path", path: "/sys/fs/cgroup", access: "readWriteImplicit", optional: true },
      { kind: "path", path: "/sys/fs/selinux", access: "readWriteImplicit", optional: true },
      {
        kind: "seccomp",
        filter: {
          name: "ProtectKernelTunables",
          order: 70,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["_sysctl"], action: { action: "errno", errno: 1 } }],
        },
      },
    ],
  },
  ProtectProc: {
    settings: "ProtectProc=invisible",
    yields: [
      {
        kind: "path",
        path: "/proc",
        access: "kernel",
        fileSystem: "proc",
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["hidepid=invisible"],
      },
    ],
  },
  ProtectSystem: {
    settings: "ProtectSystem=full",
    yields: [
      { kind: "path", path: "/usr", access: "readOnly", optional: true },
      { kind: "path", path: "/boot", access: "readOnly", optional: true },
      { kind: "path", path: "/efi", access: "readOnly", optional: true },
      { kind: "path", path: "/etc", access: "readOnly", optional: true },
    ],
  },
  ReadOnlyPaths: { settings: "ReadOnlyPaths=/srv", yields: [{ kind: "path", path: "/srv", access: "readOnly" }] },
  ReadWritePaths: { settings: "ReadWritePaths=+/srv", yields: [{ kind: "path", path: "/srv", access: "readWrite" }] },
  ReloadSignal: { settings: "ReloadSignal=SIGUSR1", value: 10 },
  Restart: { settings: "Restart=on-failure", value: "on-failure" },
  RestartForceExitStatus: { settings: "RestartForceExitStatus=1", value: { codes: [1], signals: [] } },
  RestartMaxDelaySec: { settings: "RestartMaxDelaySec=2s", value: 2000 },
  RestartMode: { settings: "RestartMode=debug", value: "debug" },
  RestartPreventExitStatus: { settings: "RestartPreventExitStatus=SIGKILL", value: { codes: [], signals: [9] } },
  RestartRandomizedDelaySec: { settings: "RestartRandomizedDelaySec=1s", value: 1000 },
  RestartSec: { settings: "RestartSec=1s", value: 1000 },
  RestartSteps: { settings: "RestartSteps=3", value: 3 },
  StartLimitBurst: { settings: "StartLimitBurst=3", value: 3 },
  StartLimitInterval: { settings: "StartLimitInterval=1s", value: 1000 },
  RemainAfterExit: { settings: "RemainAfterExit=yes", value: true },
  RemoveIPC: { settings: "RemoveIPC=yes", yields: [{ kind: "removeIpc", uid: 63404, gid: 63404 }] },
  RestrictAddressFamilies: {
    settings: "RestrictAddressFamilies=AF_UNIX",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "RestrictAddressFamilies",
          order: 20,
          defaultAction: { action: "allow" },
          rules: [
            { calls: ["socket"], when: [{ argument: 0, from: 0n, to: 0n }], action: { action: "errno", errno: 97 } },
            {
              calls: ["socket"],
              when: [{ argument: 0, from: 2n, to: MAXIMUM }],
              action: { action: "errno", errno: 97 },
            },
          ],
        },
      },
    ],
  },
  RestrictNamespaces: {
    settings: "RestrictNamespaces=~user",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "RestrictNamespaces",
          order: 60,
          defaultAction: { action: "allow" },
          rules: [
            { calls: ["clone3"], action: { action: "errno", errno: 38 } },
            {
              calls: ["clone", "unshare"],
              when: [{ argument: 0, mask: 0x1000_0000n, value: 0x1000_0000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["clone", "unshare"],
              when: [{ argument: 0, mask: 128n, value: 128n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["setns"],
              when: [{ argument: 1, mask: 0x1000_0000n, value: 0x1000_0000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["setns"],
              when: [{ argument: 1, mask: 128n, value: 128n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["setns"],
              when: [{ argument: 1, mask: 4294967295n, value: 0n }],
              action: { action: "errno", errno: 1 },
            },
          ],
        },
      },
    ],
  },
  RestrictNetworkInterfaces: {
    settings: "RestrictNetworkInterfaces=~eth0 lo\nRestrictNetworkInterfaces=lo",
    yields: [
      {
        kind: "networkRule",
        owner: "RestrictNetworkInterfaces",
        rule: { kind: "interfaces", listed: "denied", names: ["eth0"] },
      },
    ],
  },
  RestrictRealtime: {
    settings: "RestrictRealtime=yes",
    yields: [
      { kind: "rlimit", type: "RLIMIT_RTPRIO", soft: 0n, hard: 0n },
      {
        kind: "seccomp",
        filter: {
          name: "RestrictRealtime",
          order: 40,
          defaultAction: { action: "allow" },
          rules: [
            {
              calls: ["sched_setscheduler"],
              when: [{ argument: 1, from: 1n, to: 2n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["sched_setscheduler"],
              when: [{ argument: 1, from: 4n, to: 4n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["sched_setscheduler"],
              when: [{ argument: 1, from: 6n, to: MAXIMUM }],
              action: { action: "errno", errno: 1 },
            },
          ],
        },
      },
    ],
  },
  RestrictSUIDSGID: {
    settings: "RestrictSUIDSGID=yes",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "RestrictSUIDSGID",
          order: 50,
          defaultAction: { action: "allow" },
          rules: [
            {
              calls: ["chmod", "fchmod", "mkdir", "mknod", "creat"],
              when: [{ argument: 1, mask: 0o4000n, value: 0o4000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["chmod", "fchmod", "mkdir", "mknod", "creat"],
              when: [{ argument: 1, mask: 0o2000n, value: 0o2000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["fchmodat", "fchmodat2", "mkdirat", "mknodat"],
              when: [{ argument: 2, mask: 0o4000n, value: 0o4000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["fchmodat", "fchmodat2", "mkdirat", "mknodat"],
              when: [{ argument: 2, mask: 0o2000n, value: 0o2000n }],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["open"],
              when: [
                { argument: 1, mask: 64n, value: 64n },
                { argument: 2, mask: 0o4000n, value: 0o4000n },
              ],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["open"],
              when: [
                { argument: 1, mask: 64n, value: 64n },
                { argument: 2, mask: 0o2000n, value: 0o2000n },
              ],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["openat"],
              when: [
                { argument: 2, mask: 64n, value: 64n },
                { argument: 3, mask: 0o4000n, value: 0o4000n },
              ],
              action: { action: "errno", errno: 1 },
            },
            {
              calls: ["openat"],
              when: [
                { argument: 2, mask: 64n, value: 64n },
                { argument: 3, mask: 0o2000n, value: 0o2000n },
              ],
              action: { action: "errno", errno: 1 },
            },
            { calls: ["openat2"], action: { action: "errno", errno: 38 } },
          ],
        },
      },
    ],
  },
  RootDirectory: { settings: "RootDirectory=/srv", value: { path: "/srv", optional: false } },
  RuntimeDirectory: {
    settings: "RuntimeDirectory=web",
    yields: [
      { kind: "environment", layer: "directories", variables: { RUNTIME_DIRECTORY: "/run/web" } },
      {
        kind: "path",
        path: "/run/web",
        access: "bind",
        source: "/run/web",
        sourceMade: true,
        recursive: true,
        made: true,
      },
      {
        kind: "directory",
        base: "/run",
        name: "web",
        private: false,
        inside: false,
        mode: 0o755,
        owner: { uid: 63404, gid: 63404 },
        ownership: "changed",
        dropSetId: false,
      },
      { kind: "remove", base: "/run", path: "/run/web", links: [] },
    ],
  },
  RuntimeDirectoryMode: { settings: "RuntimeDirectoryMode=0750", value: 0o750 },
  RuntimeDirectoryPreserve: { settings: "RuntimeDirectoryPreserve=restart", value: "restart" },
  RuntimeMaxSec: { settings: "RuntimeMaxSec=5s", value: 5000 },
  RuntimeRandomizedExtraSec: { settings: "RuntimeRandomizedExtraSec=5s", value: 5000 },
  SELinuxContext: {
    settings: "SELinuxContext=system_u:system_r:web_t:s0",
    yields: [{ kind: "process", field: "selinuxLabel", value: "system_u:system_r:web_t:s0" }],
  },
  SendSIGHUP: { settings: "SendSIGHUP=yes", value: true },
  SendSIGKILL: { settings: "SendSIGKILL=no", value: false },
  SetCredential: {
    settings: "SetCredential=key:secret",
    yields: [
      {
        kind: "path",
        path: "/run/credentials",
        access: "tmpfs",
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/credentials/web.service",
        access: "bind",
        source: "/run/dynuser/credentials/c",
        sourceMade: true,
        recursive: false,
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
      {
        kind: "environment",
        layer: "directories",
        variables: { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" },
      },
      {
        kind: "credentials",
        path: "/run/dynuser/credentials/c",
        owner: { uid: 63404, gid: 63404 },
        credentials: [{ name: "key", encrypted: false, from: { kind: "text", base64: "c2VjcmV0" } }],
      },
      { kind: "remove", path: "/run/dynuser/credentials/c", links: [] },
    ],
  },
  SetCredentialEncrypted: {
    settings: "SetCredentialEncrypted=key:c2VjcmV0",
    yields: [
      {
        kind: "path",
        path: "/run/credentials",
        access: "tmpfs",
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
        options: ["strictatime", "mode=0755", "size=4m", "nr_inodes=1k"],
      },
      {
        kind: "path",
        path: "/run/credentials/web.service",
        access: "bind",
        source: "/run/dynuser/credentials/c",
        sourceMade: true,
        recursive: false,
        readOnly: true,
        noSuid: true,
        noDevices: true,
        noExec: true,
      },
      {
        kind: "environment",
        layer: "directories",
        variables: { CREDENTIALS_DIRECTORY: "/run/credentials/web.service" },
      },
      {
        kind: "credentials",
        path: "/run/dynuser/credentials/c",
        owner: { uid: 63404, gid: 63404 },
        credentials: [{ name: "key", encrypted: true, from: { kind: "text", base64: "c2VjcmV0" } }],
      },
      { kind: "remove", path: "/run/dynuser/credentials/c", links: [] },
    ],
  },
  SetLoginEnvironment: {
    settings: "SetLoginEnvironment=no",
    yields: [{ kind: "environment", layer: "login", variables: { USER: "web" } }],
  },
  SmackProcessLabel: {
    settings: "SmackProcessLabel=-web",
    yields: [{ kind: "warning", text: "has no effect, as SMACK is not active on this host" }],
  },
  Slice: { settings: "Slice=web.slice", value: "web.slice" },
  SocketBindAllow: {
    settings: "SocketBindAllow=ipv6:tcp:100-200",
    value: [{ family: 6, protocol: "tcp", ports: { from: 100, to: 200 } }],
  },
  SocketBindDeny: {
    settings: "SocketBindDeny=any\nSocketBindDeny=udp",
    yields: [
      {
        kind: "networkRule",
        owner: "SocketBindDeny",
        rule: { kind: "binds", allow: [], deny: [{}, { protocol: "udp" }] },
      },
    ],
  },
  StandardError: { settings: "StandardError=null", value: { kind: "null" } },
  OpenFile: {
    settings: "OpenFile=/etc/a:data:read-only,graceful",
    value: [{ path: "/etc/a", name: "data", access: "read-only", isGraceful: true }],
  },
  StandardInput: { settings: "StandardInput=data", value: { kind: "data" } },
  StandardInputData: { settings: "StandardInputData=aGk=", value: Buffer.from([104, 105]) },
  StandardInputText: { settings: "StandardInputText=hi", value: Buffer.from([104, 105, 10]) },
  StandardOutput: {
    settings: "StandardOutput=file:/srv/log",
    value: { kind: "file", path: "/srv/log", mode: "overwrite" },
  },
  StateDirectory: {
    settings: "StateDirectory=web",
    yields: [
      { kind: "environment", layer: "directories", variables: { STATE_DIRECTORY: "/var/lib/web" } },
      {
        kind: "path",
        path: "/var/lib/web",
        access: "bind",
        source: "/var/lib/web",
        sourceMade: true,
        recursive: true,
        made: true,
      },
      {
        kind: "directory",
        base: "/var/lib",
        name: "web",
        private: false,
        inside: false,
        mode: 0o755,
        owner: { uid: 63404, gid: 63404 },
        ownership: "changed",
        dropSetId: false,
      },
    ],
  },
  StateDirectoryMode: { settings: "StateDirectoryMode=0750", value: 0o750 },
  SuccessExitStatus: { settings: "SuccessExitStatus=75 SIGUSR1", value: { codes: [75], signals: [10] } },
  SupplementaryGroups: {
    settings: "SupplementaryGroups=audio",
    yields: [
      { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404, 29] },
      { kind: "environment", layer: "login", variables: { USER: "web", LOGNAME: "web", HOME: "/" } },
      { kind: "capabilities", onlyAmbient: true },
    ],
  },
  SystemCallArchitectures: {
    settings: "SystemCallArchitectures=native",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "SystemCallArchitectures",
          order: 120,
          defaultAction: { action: "allow" },
          rules: [],
          architectures: [localArchitectures().native],
        },
      },
    ],
  },
  SystemCallErrorNumber: { settings: "SystemCallErrorNumber=EPERM", value: 1 },
  SystemCallFilter: {
    settings: "SystemCallFilter=~uname",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "SystemCallFilter",
          order: 150,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["uname"], action: { action: "kill" } }],
        },
      },
    ],
  },
  SystemCallLog: {
    settings: "SystemCallLog=uname",
    yields: [
      {
        kind: "seccomp",
        filter: {
          name: "SystemCallLog",
          order: 140,
          defaultAction: { action: "allow" },
          rules: [{ calls: ["uname"], action: { action: "log" } }],
        },
      },
    ],
  },
  TTYPath: { settings: "TTYPath=/dev/tty9", value: "/dev/tty9" },
  TasksAccounting: { settings: "TasksAccounting=yes", value: true },
  TasksMax: { settings: "TasksMax=50%", yields: [{ kind: "resources", resources: { pids: { limit: 500n } } }] },
  TemporaryFileSystem: {
    settings: "TemporaryFileSystem=/var:ro,size=1M",
    yields: [
      {
        kind: "path",
        path: "/var",
        access: "tmpfs",
        readOnly: true,
        noDevices: true,
        noExec: false,
        noSuid: false,
        options: ["strictatime", "mode=0755", "size=1M", "nr_inodes=400k"],
      },
    ],
  },
  TimeoutAbortSec: { settings: "TimeoutAbortSec=5s", value: 5000 },
  TimeoutStartFailureMode: { settings: "TimeoutStartFailureMode=abort", value: "abort" },
  TimeoutStartSec: { settings: "TimeoutStartSec=5s", value: 5000 },
  TimeoutStopFailureMode: { settings: "TimeoutStopFailureMode=abort", value: "abort" },
  TimeoutStopSec: { settings: "TimeoutStopSec=5s", value: 5000 },
  TimerSlackNSec: {
    settings: "TimerSlackNSec=1ms",
    yields: [{ kind: "attribute", owner: "TimerSlackNSec", attribute: { name: "timerSlack", nanoseconds: "1000000" } }],
  },
  Type: { settings: "Type=notify", value: "notify" },
  UMask: { settings: "UMask=0077", yields: [{ kind: "process", field: "umask", value: 0o077 }] },
  UnsetEnvironment: { settings: "UnsetEnvironment=A B=1", yields: [{ kind: "unsetEnvironment", names: ["A", "B=1"] }] },
  User: {
    settings: "User=www-data",
    yields: [
      { kind: "user", uid: 63404, gid: 63404, additionalGids: [63404] },
      { kind: "environment", layer: "login", variables: { USER: "web", LOGNAME: "web", HOME: "/" } },
      { kind: "capabilities", onlyAmbient: true },
    ],
  },
  WatchdogSec: { settings: "WatchdogSec=5s", value: 5000 },
  WatchdogSignal: { settings: "WatchdogSignal=SIGUSR1", value: 10 },
  WorkingDirectory: {
    settings: "WorkingDirectory=-/none",
    yields: [
      { kind: "process", field: "cwd", value: "/" },
      { kind: "warning", text: 'starting in /: found no directory "/none"' },
    ],
  },
};
